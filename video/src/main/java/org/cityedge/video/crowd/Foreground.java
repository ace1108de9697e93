package org.cityedge.video.crowd;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.countNonZero;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_BGR2GRAY;
import static org.bytedeco.opencv.global.opencv_imgproc.GaussianBlur;
import static org.bytedeco.opencv.global.opencv_imgproc.MORPH_CLOSE;
import static org.bytedeco.opencv.global.opencv_imgproc.MORPH_OPEN;
import static org.bytedeco.opencv.global.opencv_imgproc.MORPH_RECT;
import static org.bytedeco.opencv.global.opencv_imgproc.connectedComponents;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;
import static org.bytedeco.opencv.global.opencv_imgproc.dilate;
import static org.bytedeco.opencv.global.opencv_imgproc.erode;
import static org.bytedeco.opencv.global.opencv_imgproc.getStructuringElement;
import static org.bytedeco.opencv.global.opencv_imgproc.morphologyEx;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Downscaler;
import org.cityedge.video.Frame;

/** The pixel work of OpenCV, on buffers that are allocated once for a picture size. */
final class Foreground implements AutoCloseable {
  /** Red of a flame, and how much it exceeds blue. */
  private static final int GLOW = 220;

  private static final int WARM = 60;

  private final Downscaler downscaler;
  private final Mat grey = new Mat();
  private final Mat smooth = new Mat();
  private final Mat mask;
  private final Mat closed = new Mat();
  private final Mat opened = new Mat();
  private final Mat labels = new Mat();
  private final Mat closer;
  private final Mat opener;
  private final Size noise = new Size(3, 3);
  private final short[] label;
  private final byte[] bgr;

  Foreground(int sourceWidth, int sourceHeight, int width, int height) {
    downscaler = new Downscaler(sourceWidth, sourceHeight, width, height);
    mask = new Mat(height, width, CV_8UC1);
    label = new short[width * height];
    bgr = new byte[3 * width * height];
    // Joins the parts of a person whose clothes have the colour of the ground.
    int gap = Math.max(3, height / 50 | 1);
    try (PointerScope _ = new PointerScope()) {
      closer = getStructuringElement(MORPH_RECT, new Size(Math.max(3, gap / 2 | 1), gap));
      opener = getStructuringElement(MORPH_RECT, new Size(3, 3));
      closer.retainReference();
      opener.retainReference();
    }
  }

  /**
   * Scales a frame, takes its colour and noise off.
   *
   * @param glow 1 where the picture has the colour of a flame, else 0
   */
  void look(Frame frame, byte[] to, byte[] glow) {
    try (PointerScope _ = new PointerScope()) {
      Mat small = downscaler.scale(frame);
      small.data().get(bgr);
      for (int i = 0; i < glow.length; i++) {
        glow[i] =
            (byte)
                (isGlow(bgr[3 * i] & 0xff, bgr[3 * i + 1] & 0xff, bgr[3 * i + 2] & 0xff) ? 1 : 0);
      }
      cvtColor(small, grey, COLOR_BGR2GRAY);
      GaussianBlur(grey, smooth, noise, 0);
      smooth.data().get(to);
    }
  }

  private static boolean isGlow(int blue, int green, int red) {
    return red >= GLOW && red > green && red - blue >= WARM;
  }

  /**
   * The connected parts of a mask, fewer than 32,768 since each is at least three pixels wide and
   * high; {@link #label} then tells which pixel belongs to which, unless there are none.
   */
  List<Blob> blobs(byte[] foreground) {
    try (PointerScope _ = new PointerScope()) {
      mask.data().put(foreground);
      morphologyEx(mask, closed, MORPH_CLOSE, closer);
      morphologyEx(closed, opened, MORPH_OPEN, opener);
      if (countNonZero(opened) == 0) {
        return List.of();
      }
      // Not with statistics: OpenCV works out the ground's as well, which are of most pixels.
      int count = connectedComponents(opened, labels, 8, CV_16U);
      new ShortPointer(labels.data()).get(label);
      return Blob.of(label, mask.cols(), count - 1);
    }
  }

  /** The darkest and the brightest level of each pixel and the eight around it. */
  void surroundings(byte[] levels, byte[] darkest, byte[] brightest) {
    try (PointerScope _ = new PointerScope()) {
      mask.data().put(levels);
      erode(mask, closed, opener);
      dilate(mask, opened, opener);
      closed.data().get(darkest);
      opened.data().get(brightest);
    }
  }

  /** The colours of the frame that was looked at last, interleaved. */
  byte[] bgr() {
    return bgr;
  }

  /** For each pixel 0, or 1 + the index of its blob. */
  short[] label() {
    return label;
  }

  @Override
  public void close() {
    for (Mat mat : List.of(grey, smooth, mask, closed, opened, labels, closer, opener)) {
      mat.close();
    }
    downscaler.close();
    noise.close();
  }
}
