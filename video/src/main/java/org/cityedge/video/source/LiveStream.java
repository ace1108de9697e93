package org.cityedge.video.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Frame;
import org.cityedge.video.FrameSource;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.cityedge.video.privacy.PrivacyMask;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a live camera: RTSP over TCP, MJPEG or snapshots over HTTP, both with or
 * without TLS, a device of this machine, or a file played once in real time. Ends with the first
 * failure; whoever wants to go on opens another one. Confined to the thread that opened it, which
 * must be a platform thread that outlives the stream: the child is killed when it ends.
 *
 * <p>Owns a child process, two threads and three picture buffers until {@link #close}.
 */
public final class LiveStream implements FrameSource {
  /** An exit status above this one tells a signal (POSIX shells, and the JDK). */
  private static final int SIGNALLED = 128;

  private final Process process;
  private final ChildMessages messages;
  private final LatestShot shots = new LatestShot();
  private final Thread reader;
  private final Thread listener;
  private final PrivacyMask privacy;
  private final LongSupplier nanos;
  private final Source source;
  private final long stallNanos;
  private final long startedNanos;
  private long lastNanos;
  private boolean seen;
  private @Nullable Shot lent;
  private volatile @Nullable String broken;

  /**
   * What a child may use.
   *
   * @param stall without a picture for this long the stream counts as hanging; 1 s or more
   * @param memoryBytes private writable memory; beyond it the child's allocations fail
   */
  public record Limits(Duration stall, long memoryBytes) {
    /** One 1080p stream takes 75 MiB; a 4K one fits into this as well. */
    public static final long MEMORY_BYTES = 512L << 20;
  }

  private static final int LEAST_FETCHES = 10;

  /** All fetches of a snapshot that the child was told of are done; another child goes on. */
  public static final class RoundOver extends IOException {
    RoundOver() {
      super("the snapshots of this round are fetched");
    }
  }

  private LiveStream(
      CameraConfig config,
      Process process,
      @Nullable Login login,
      Duration stall,
      InstantSource clock,
      LongSupplier nanos) {
    this.process = process;
    this.nanos = nanos;
    messages = new ChildMessages(login, nanos);
    privacy = new PrivacyMask(config.privacy());
    source = config.source();
    stallNanos = stall.toNanos();
    startedNanos = nanos.getAsLong();
    lastNanos = startedNanos;
    String name = "camera-" + config.id();
    reader = Thread.ofPlatform().daemon().name(name + "-pictures").start(() -> readPictures(clock));
    listener = Thread.ofPlatform().daemon().name(name + "-messages").start(this::readMessages);
  }

  /**
   * Starts to open the stream; whether it opens is told by {@link #poll}.
   *
   * @param sampling which pictures come; the camera's own, or what its stream allows
   * @param keys where the password and the certificate are, when the source names them
   * @param runFolder the child's working folder; nothing is written there
   * @param limits of the child
   * @param recording where what comes from the camera is also written down as it is; trouble there
   *     never ends the pictures, see {@link #recordingTrouble}
   * @throws IOException when no child can be started, or the password or certificate is missing
   */
  public static LiveStream open(
      CameraConfig config,
      Sampling sampling,
      KeyFiles keys,
      Path runFolder,
      Limits limits,
      InstantSource clock,
      LongSupplier nanos,
      Optional<Recording> recording)
      throws IOException {
    Source source = config.source();
    Optional<Login> login = Login.of(source, keys.secrets());
    Path ca = Login.certificate(source, keys);
    Process process =
        Child.start(
            source, sampling, login.orElse(null), ca, runFolder, limits.memoryBytes(), recording);
    return new LiveStream(config, process, login.orElse(null), limits.stall(), clock, nanos);
  }

  @Override
  public @Nullable Frame next() throws IOException, InterruptedException {
    try {
      Frame frame = null;
      while (frame == null) {
        frame = poll(Duration.ofSeconds(1));
      }
      return frame;
    } catch (EOFException e) {
      return null;
    }
  }

  /**
   * The newest picture, its privacy zones blackened.
   *
   * @return null when none came within {@code wait}
   * @throws EOFException when a file was played to its end; it would be played again by opening it
   * @throws IOException when the stream failed, ended or hangs; the text says why, without
   *     credentials
   */
  public @Nullable Frame poll(Duration wait) throws IOException, InterruptedException {
    if (lent != null) {
      shots.giveBack(lent);
      lent = null;
    }
    Shot shot = shots.take(wait.toNanos());
    if (shot == null) {
      if (shots.hasEnded()) {
        throw ending();
      }
      if (nanos.getAsLong() - lastNanos > stallNanos) {
        throw new IOException(
            "no picture for "
                + stallNanos / 1_000_000_000
                + " s"
                + messages.reason(lastNanos).map(reason -> ": " + reason).orElse(""));
      }
      return null;
    }
    lent = shot;
    // Before the first picture the change is only from what the stream promised to what it is.
    if (messages.takeReconfigured() && seen) {
      throw new IOException("the camera changed its picture size or format");
    }
    seen = true;
    lastNanos = shot.nanos;
    privacy.cover(shot.bgr, shot.width, shot.height);
    return new Frame(shot.width, shot.height, shot.bgr, shot.nanos, shot.at);
  }

  /** Pictures that nobody took before the next one came. */
  public long dropped() {
    return shots.dropped();
  }

  /** What the child has used of one core since its start, per cent; 0 once it is gone. */
  public double decoderPercent() {
    double seconds = (nanos.getAsLong() - startedNanos) / 1e9;
    Duration cpu = process.info().totalCpuDuration().orElse(Duration.ZERO);
    return seconds <= 0 ? 0 : 100 * cpu.toMillis() / 1000.0 / seconds;
  }

  /** What the recording complained of within the last minute; empty while nothing is wrong. */
  public Optional<String> recordingTrouble() {
    return messages.recordingTrouble();
  }

  /** The child's process id, for the operator's eyes. */
  public long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    Child.end(process);
    joinQuietly(reader);
    joinQuietly(listener);
  }

  private void readPictures(InstantSource clock) {
    try (InputStream in = process.getInputStream()) {
      BmpReader bitmaps = new BmpReader(in);
      Shot shot = shots.blank();
      while (bitmaps.read(shot)) {
        shot.nanos = nanos.getAsLong();
        shot.at = clock.instant();
        shots.put(shot);
        shot = shots.blank();
      }
    } catch (BmpReader.NotABitmap e) {
      broken = e.getMessage();
    } catch (IOException e) {
      // The child is gone; its messages and its exit status say why.
    } finally {
      shots.end();
    }
  }

  private void readMessages() {
    try (InputStream in = process.getErrorStream()) {
      messages.drain(in);
    } catch (IOException e) {
      // The child is gone, and so is what it wanted to say.
    }
  }

  private IOException ending() throws InterruptedException {
    boolean ended = process.waitFor(1, TimeUnit.SECONDS);
    listener.join(Duration.ofSeconds(1));
    int status = ended ? process.exitValue() : -1;
    if (status == 0 && source.snapshot().isPresent() && seen && lastedLong()) {
      return new RoundOver();
    }
    if (status == 0 && source.isFile()) {
      return new EOFException("the file has ended");
    }
    String garbled = broken;
    if (garbled != null) {
      return new IOException(garbled);
    }
    String otherwise =
        status > SIGNALLED
            ? "the decoder was ended by signal " + (status - SIGNALLED)
            : "the camera ended the stream";
    return new IOException(messages.reason(lastNanos).orElse(otherwise));
  }

  /**
   * A round has some hundred fetches. FFmpeg 8 ends with status 0 also where one of them failed:
   * early in a round that is a failure like any other, or a camera that refuses every other fetch
   * would be asked without a pause.
   */
  private boolean lastedLong() {
    long period = source.snapshot().map(Duration::toNanos).orElse(0L);
    return nanos.getAsLong() - startedNanos >= LEAST_FETCHES * period;
  }

  private static void joinQuietly(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join(Duration.ofSeconds(5));
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
