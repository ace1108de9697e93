package org.cityedge.video;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Observation.Kind;

/** A camera with short limits in a folder of its own, and the children that it must not leave. */
final class CameraFixture {
  static final String PASSWORD = "p@ss:w/o'rd% 7";
  static final CameraWatch.Limits LIMITS =
      new CameraWatch.Limits(
          Duration.ofSeconds(4),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofMillis(800));

  final AtomicInteger closedDetectors = new AtomicInteger();
  final Path folder;

  /** The secret {@code cam-1} is {@link #PASSWORD}. */
  CameraFixture(Path folder) throws IOException {
    this.folder = folder;
    Path secret = Files.createDirectories(folder.resolve("secrets")).resolve("cam-1");
    Files.writeString(secret, PASSWORD + "\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
  }

  Camera camera(String uri) {
    return camera(uri, Optional.empty());
  }

  Camera camera(String uri, Optional<String> user) {
    return camera(uri, user, List.of());
  }

  Camera camera(String uri, Optional<String> user, List<Zone> privacy) {
    return camera(config(uri, user, privacy), Cameras.limits(LIMITS));
  }

  Camera camera(CameraConfig config, Camera.Limits limits) {
    return new Camera(
        config,
        () -> List.of(detector()),
        KeyFiles.in(folder),
        folder,
        Clock.systemUTC(),
        System::nanoTime,
        limits);
  }

  static CameraConfig config(String uri, Optional<String> user, List<Zone> privacy) {
    Source source =
        new Source(
            URI.create(uri),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            user,
            user.map(_ -> "cam-1"));
    return new CameraConfig(
        "cam-1",
        source,
        Sampling.rate(5),
        Set.of(),
        List.of(),
        List.of(),
        privacy,
        Optional.empty());
  }

  /** Tells each picture's size, and counts its end in {@link #closedDetectors}. */
  Detector detector() {
    return new SizeDetector(closedDetectors);
  }

  static List<ProcessHandle> children() {
    return ProcessHandle.current()
        .children()
        .filter(p -> p.info().command().orElse("").endsWith("/ffmpeg"))
        .toList();
  }

  /** Tells each frame's size, and the mean of its left and right half. */
  private record SizeDetector(AtomicInteger closed) implements Detector {
    @Override
    public List<Observation> observe(Frame frame) {
      return List.of(
          new Observation(
              "cam-1",
              "frame",
              Kind.SMOKE,
              "size/1",
              0,
              OptionalDouble.empty(),
              true,
              Map.of(
                  "width",
                  (double) frame.width(),
                  "height",
                  (double) frame.height(),
                  "left",
                  mean(frame, 0, frame.width() / 2),
                  "right",
                  mean(frame, frame.width() / 2 + 1, frame.width())),
              List.of(),
              frame.nanos(),
              frame.at()));
    }

    private static double mean(Frame frame, int from, int to) {
      long sum = 0;
      for (int y = 0; y < frame.height(); y++) {
        for (int i = (y * frame.width() + from) * 3; i < (y * frame.width() + to) * 3; i++) {
          sum += frame.bgr()[i] & 0xff;
        }
      }
      return sum / (3.0 * (to - from) * frame.height());
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }
}
