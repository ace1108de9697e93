package org.cityedge.video.source;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_FATAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGR24;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.swscale.SWS_AREA;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCachedContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.FrameGrabber;
import org.cityedge.video.Frame;
import org.cityedge.video.FrameSource;
import org.cityedge.video.Sampling;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of a file, as fast as they are decoded, sampled by the file's own time. In-process
 * FFmpeg with one thread: for {@code cityedge analyze} and tests, where nothing can stall. Only the
 * sampled pictures are converted and scaled.
 */
@NullMarked
public final class FileFrames implements FrameSource {
  /** Wider pictures are scaled down to this many pixels; their aspect stays. */
  private static final int WIDEST = 640;

  private static final int LEAST = 16;

  private final Path file;
  private final Sampling sampling;
  private final Picker picker;
  private @Nullable FFmpegFrameGrabber grabber;
  private @Nullable SwsContext scaler;
  private @Nullable BytePointer scaled;
  private byte[] bgr = new byte[0];
  private int width;
  private int height;
  private boolean any;

  /** Opens nothing yet; a file with fewer pictures than are asked for gives all it has. */
  public FileFrames(Path file, Sampling sampling) {
    this.file = file;
    this.sampling = sampling;
    picker = new Picker(sampling);
  }

  @Override
  public @Nullable Frame next() throws IOException {
    FFmpegFrameGrabber open = grabber == null ? open() : grabber;
    try {
      while (true) {
        org.bytedeco.javacv.Frame decoded = open.grabFrame(false, true, true, false);
        if (decoded == null) {
          return end();
        }
        long micros = Math.max(0, decoded.timestamp);
        if (decoded.opaque instanceof AVFrame picture && picker.takes(micros / 1e6)) {
          any = true;
          return scale(picture, micros);
        }
      }
    } catch (FFmpegFrameGrabber.Exception e) {
      throw new IOException("cannot decode " + file + " any further: " + e.getMessage(), e);
    }
  }

  private FFmpegFrameGrabber open() throws IOException {
    if (!Files.exists(file) || Files.isDirectory(file)) {
      throw new IOException(
          "cannot decode "
              + file
              + (Files.exists(file) ? ": it is a folder" : ": there is no such file"));
    }
    // FFmpeg writes its complaints to the standard error stream; ours says the same in one line.
    av_log_set_level(AV_LOG_FATAL);
    FFmpegFrameGrabber fresh = new FFmpegFrameGrabber(file.toFile());
    fresh.setVideoOption("threads", "1");
    if (sampling.keyframes()) {
      fresh.setVideoOption("skip_frame", "nokey");
    }
    // As decoded: only the sampled pictures are converted, here.
    fresh.setImageMode(FrameGrabber.ImageMode.RAW);
    grabber = fresh;
    try {
      fresh.startUnsafe();
    } catch (FFmpegFrameGrabber.Exception e) {
      close();
      throw new IOException("cannot decode " + file + ": not a video that FFmpeg knows", e);
    }
    return fresh;
  }

  private @Nullable Frame end() throws IOException {
    if (!any) {
      throw new IOException("cannot decode " + file + ": it holds no picture");
    }
    return null;
  }

  private Frame scale(AVFrame picture, long micros) throws IOException {
    BytePointer target = resize(picture.width(), picture.height());
    try (PointerScope _ = new PointerScope()) {
      SwsContext context =
          sws_getCachedContext(
              scaler,
              picture.width(),
              picture.height(),
              picture.format(),
              width,
              height,
              AV_PIX_FMT_BGR24,
              SWS_AREA,
              null,
              null,
              (DoublePointer) null);
      scaler = context;
      if (context == null) {
        throw new IOException("cannot convert the pictures of " + file);
      }
      sws_scale(
          context,
          picture.data(),
          picture.linesize(),
          0,
          picture.height(),
          new PointerPointer<BytePointer>(4L).put(0, target),
          new IntPointer(width * 3, 0, 0, 0));
    }
    target.get(bgr);
    return new Frame(width, height, bgr, micros * 1_000, Instant.EPOCH.plusNanos(micros * 1_000));
  }

  /** A picture may change its size within a file. */
  private BytePointer resize(int sourceWidth, int sourceHeight) {
    // As the child's filter does: an even width, and the even height that keeps the aspect best.
    int newWidth = Math.max(LEAST, Math.min(WIDEST, sourceWidth / 2 * 2));
    int newHeight =
        Math.max(LEAST, 2 * (int) Math.round((double) sourceHeight * newWidth / sourceWidth / 2));
    BytePointer target = scaled;
    if (target == null || newWidth != width || newHeight != height) {
      if (target != null) {
        target.close();
      }
      width = newWidth;
      height = newHeight;
      bgr = new byte[width * height * 3];
      // Room behind the last row, where the scaler's vector code may write.
      target = new BytePointer(bgr.length + 64L);
      scaled = target;
    }
    return target;
  }

  @Override
  public void close() {
    try {
      if (grabber != null) {
        grabber.releaseUnsafe();
      }
    } catch (FFmpegFrameGrabber.Exception e) {
      throw new IllegalStateException("cannot release " + file, e);
    } finally {
      grabber = null;
      if (scaler != null) {
        sws_freeContext(scaler);
        scaler = null;
      }
      if (scaled != null) {
        scaled.close();
        scaled = null;
      }
    }
  }
}
