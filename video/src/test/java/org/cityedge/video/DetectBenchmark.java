package org.cityedge.video;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.absdiff;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_BGR2GRAY;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.evidence.Evidence;
import org.cityedge.video.source.FileFrames;

/**
 * What one analysed picture costs in the agent, part by part: milliseconds of CPU of the camera's
 * thread, Java bytes, and what native memory grows by, at 320x180 and 640x360. The limit, measured
 * on the same pictures in the same run, is what OpenCV takes to copy a picture in, scale it by area
 * to 480 pixels width, make it grey, and subtract the one before.
 *
 * <p>The scene is drawn, or {@code -Dclip=FILE} names a recording, which is played round and round.
 * Two pictures a second, as a camera has them by default; drawing or decoding between them leaves
 * the caches cold, as a camera does.
 *
 * <pre>./cityedge bench detect</pre>
 */
final class DetectBenchmark {
  private static final int WARM = Integer.getInteger("warm", 300);
  private static final int PICTURES = Integer.getInteger("pictures", 600);
  private static final double RATE = 2;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private DetectBenchmark() {}

  public static void main(String[] args) throws Exception {
    Natives.load();
    for (Size size : List.of(new Size(320, 180), new Size(640, 360))) {
      run(size.width(), size.height());
    }
  }

  private static void run(int width, int height) throws Exception {
    CameraConfig config =
        new CameraConfig(
            "bench",
            Source.of(Path.of("/bench").toUri()),
            Sampling.rate(RATE),
            EnumSet.allOf(Kind.class),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty());
    List<Detector> detectors = Detectors.of(config);
    try (Pictures pictures = pictures(width, height);
        Limit limit = new Limit();
        View view = new View(List.of());
        Evidence evidence = new Evidence()) {
      List<Part> parts =
          List.of(
              new Part("the limit", limit::look),
              new Part("health", frame -> Look.at(frame.bgr()).checksum() != -1),
              new Part("view, once a second", frame -> view.look(frame, true) != null),
              new Part("smoke", frame -> !detectors.getFirst().observe(frame).isEmpty()),
              new Part("crowd", frame -> !detectors.getLast().observe(frame).isEmpty()),
              new Part(
                  "evidence, once a second",
                  frame -> {
                    evidence.learn(frame);
                    return frame.nanos() % 1_000_000_000 == 0;
                  }));
      for (int i = 0; i < WARM; i++) {
        Frame frame = pictures.next(i / RATE);
        parts.forEach(part -> part.look(frame));
      }
      parts.forEach(Part::forget);
      long pointers = Pointer.totalCount();
      long owned = Pointer.totalBytes();
      long outside = outsideHeap();
      for (int i = WARM; i < WARM + PICTURES; i++) {
        Frame frame = pictures.next(i / RATE);
        parts.forEach(part -> part.look(frame));
      }
      report(width, height, parts);
      System.out.printf(
          Locale.ROOT,
          "native memory after these %d pictures: %+d pointers, %+d bytes of their own;"
              + " the process outside of the heap %+.1f MiB%n",
          PICTURES,
          Pointer.totalCount() - pointers,
          Pointer.totalBytes() - owned,
          (outsideHeap() - outside) / (double) (1 << 20));
    } finally {
      detectors.forEach(Detector::close);
    }
  }

  private static void report(int width, int height, List<Part> parts) {
    double limit = parts.getFirst().median();
    System.out.printf(
        Locale.ROOT,
        "%n%dx%d, %d pictures, 2 a second      median ms   p90 ms   mean ms   × limit   Java bytes%n",
        width,
        height,
        PICTURES);
    for (Part part : parts) {
      System.out.printf(
          Locale.ROOT,
          "%-38s %9.2f  %7.2f   %7.2f  %8.2f  %11.0f%n",
          part.name,
          part.median(),
          part.at(0.9),
          part.mean(),
          part.median() / limit,
          part.bytes());
    }
    List<Part> ours = parts.subList(1, parts.size());
    double mean = ours.stream().mapToDouble(part -> part.nanos.size() * part.mean()).sum();
    double bytes = ours.stream().mapToDouble(part -> part.nanos.size() * part.bytes()).sum();
    System.out.printf(
        Locale.ROOT,
        "%-38s %9s  %7s   %7.2f  %8.2f  %11.0f%n",
        "all, a picture",
        "",
        "",
        mean / PICTURES,
        mean / PICTURES / parts.getFirst().mean(),
        bytes / PICTURES);
  }

  private static long outsideHeap() {
    return Pointer.physicalBytes() - Runtime.getRuntime().totalMemory();
  }

  /** Looks at a picture, and says whether it took it. */
  private interface Eye {
    boolean look(Frame frame);
  }

  /** What is measured by itself, and what it took so far. */
  private static final class Part {
    private final String name;
    private final Eye eye;
    private final List<Long> nanos = new ArrayList<>(WARM + PICTURES);
    private long allocated;

    Part(String name, Eye eye) {
      this.name = name;
      this.eye = eye;
    }

    void look(Frame frame) {
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      long began = THREADS.getCurrentThreadCpuTime();
      boolean took = eye.look(frame);
      long ended = THREADS.getCurrentThreadCpuTime();
      if (took) {
        allocated += THREADS.getCurrentThreadAllocatedBytes() - bytes;
        nanos.add(ended - began);
      }
    }

    void forget() {
      nanos.clear();
      allocated = 0;
    }

    /** Milliseconds that this share of the looks took at most. */
    double at(double share) {
      long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      return sorted[(int) (share * sorted.length)] / 1e6;
    }

    double median() {
      return at(0.5);
    }

    double mean() {
      return nanos.stream().mapToLong(Long::longValue).average().orElseThrow() / 1e6;
    }

    double bytes() {
      return (double) allocated / nanos.size();
    }
  }

  /** What is called 1. */
  private static final class Limit implements AutoCloseable {
    private final Mat small = new Mat();
    private final Mat grey = new Mat();
    private final Mat before = new Mat();
    private final Mat difference = new Mat();
    private Mat source = new Mat();

    boolean look(Frame frame) {
      if (source.cols() != frame.width()) {
        source = new Mat(frame.height(), frame.width(), CV_8UC3);
      }
      try (PointerScope _ = new PointerScope()) {
        source.data().put(frame.bgr());
        Size size = new Size(480, 480 * frame.height() / frame.width());
        resize(source, small, size, 0, 0, INTER_AREA);
        cvtColor(small, grey, COLOR_BGR2GRAY);
        if (!before.empty()) {
          absdiff(grey, before, difference);
        }
        grey.copyTo(before);
      }
      return true;
    }

    @Override
    public void close() {
      for (Mat mat : List.of(small, grey, before, difference, source)) {
        mat.close();
      }
    }
  }

  /** Where the pictures come from. */
  private interface Pictures extends AutoCloseable {
    Frame next(double seconds) throws IOException;

    @Override
    void close();
  }

  private static Pictures pictures(int width, int height) {
    String clip = System.getProperty("clip");
    return clip == null ? new Drawn(width, height) : new Played(Path.of(clip), width);
  }

  /** A facade, two people who walk past it, and smoke that comes and goes. */
  private static final class Drawn implements Pictures {
    private final Scene scene;

    Drawn(int width, int height) {
      scene = Scene.textured(width, height);
    }

    @Override
    public Frame next(double seconds) {
      scene.clear();
      scene.plume(0.7 * scene.width, 0.8 * scene.height, seconds % 40 - 10, 0.5, 190);
      walker(0.05 * seconds);
      walker(1 - 0.03 * seconds);
      return scene.frame(seconds);
    }

    private void walker(double at) {
      double x = (at - Math.floor(at)) * scene.width;
      scene.person(x, 0.9 * scene.height, 0.18 * scene.height, 40);
    }

    @Override
    public void close() {}
  }

  /** A recording, from its beginning again when it ends. */
  private static final class Played implements Pictures {
    private final Path clip;
    private final int width;
    private final Mat source = new Mat();
    private final Mat scaled = new Mat();
    private FileFrames frames;

    Played(Path clip, int width) {
      this.clip = clip;
      this.width = width;
      frames = open();
    }

    private FileFrames open() {
      return new FileFrames(clip, Sampling.rate(RATE));
    }

    @Override
    public Frame next(double seconds) throws IOException {
      Frame frame = frames.next();
      if (frame == null) {
        frames.close();
        frames = open();
        frame = frames.next();
      }
      if (frame == null) {
        throw new IOException("no picture in " + clip);
      }
      long nanos = Math.round(seconds * 1e9);
      if (frame.width() == width) {
        return new Frame(frame.width(), frame.height(), frame.bgr(), nanos, frame.at());
      }
      int height = frame.height() * width / frame.width();
      byte[] bgr = new byte[width * height * 3];
      try (PointerScope _ = new PointerScope()) {
        source.create(frame.height(), frame.width(), CV_8UC3);
        source.data().put(frame.bgr());
        resize(source, scaled, new Size(width, height), 0, 0, INTER_AREA);
        scaled.data().get(bgr);
      }
      return new Frame(width, height, bgr, nanos, frame.at());
    }

    @Override
    public void close() {
      frames.close();
      source.close();
      scaled.close();
    }
  }
}
