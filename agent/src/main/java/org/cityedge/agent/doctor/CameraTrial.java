package org.cityedge.agent.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Camera;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Detector;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.cityedge.video.evidence.Evidence;
import org.jspecify.annotations.Nullable;

/**
 * One camera, tried for a while through the very parts that the agent uses: the same child, the
 * same health, the same masking. Its fields are written by the camera's thread and read once that
 * has ended.
 */
public final class CameraTrial implements Detector, Camera.Sink {
  /**
   * What came of it.
   *
   * @param firstMillis until the first picture; absent without one
   * @param framesPerSecond between the first and the last picture
   * @param health as told last
   * @param pictures what they looked like
   * @param picture the first that shows what stands still, or could at least be masked, or why none
   *     could; absent without a frame or when none was asked for
   */
  public record Result(
      Optional<Long> firstMillis,
      int width,
      int height,
      int frames,
      double framesPerSecond,
      CameraHealth health,
      Pictures pictures,
      Optional<Picture> picture) {}

  /** A frame is learned after it was shown. */
  private static final Duration SETTLED = Evidence.SETTLING.plusSeconds(2);

  private final boolean wantsPicture;
  private final CountDownLatch done = new CountDownLatch(1);
  private long firstNanos;
  private long lastNanos;
  private int width;
  private int height;
  private int frames;
  private final Pictures pictures = new Pictures();
  private @Nullable CameraHealth health;
  private @Nullable Picture picture;

  private CameraTrial(boolean wantsPicture) {
    this.wantsPicture = wantsPicture;
  }

  /**
   * Runs until {@code limit} is over, the camera turns out not to open, or a masked picture that
   * shows what stands still is there when one is wanted.
   */
  public static Result run(CameraConfig config, KeyFiles keys, Duration limit, boolean wantsPicture)
      throws IOException, InterruptedException {
    CameraTrial trial = new CameraTrial(wantsPicture);
    Path folder = Files.createTempDirectory("cityedge-camera");
    long began = System.nanoTime();
    try (Camera camera =
        new Camera(
            config, () -> List.of(trial), keys, folder, InstantSource.system(), System::nanoTime)) {
      camera.start(trial);
      trial.done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      Files.delete(folder);
    }
    return trial.result(began);
  }

  private Result result(long began) {
    CameraHealth told = health;
    if (told == null) {
      throw new IllegalStateException("a camera tells its health when it starts");
    }
    double span = (lastNanos - firstNanos) / 1e9;
    return new Result(
        frames == 0 ? Optional.empty() : Optional.of((firstNanos - began) / 1_000_000),
        width,
        height,
        frames,
        span > 0 ? (frames - 1) / span : 0,
        told,
        pictures,
        Optional.ofNullable(picture));
  }

  @Override
  public List<Observation> observe(Frame frame) {
    firstNanos = frames == 0 ? frame.nanos() : firstNanos;
    lastNanos = frame.nanos();
    width = frame.width();
    height = frame.height();
    frames++;
    pictures.add(frame);
    return List.of(
        new Observation(
            "trial",
            "frame",
            // Nothing is spared from masking, as it is around smoke.
            Kind.CROWD,
            "trial/1",
            0,
            OptionalDouble.empty(),
            true,
            Map.of(),
            List.of(),
            frame.nanos(),
            frame.at()));
  }

  @Override
  public void observed(Observation observation, Witness witness) {
    boolean settled = lastNanos - firstNanos >= SETTLED.toNanos();
    if (wantsPicture && done.getCount() > 0 && (settled || !(picture instanceof Picture.Masked))) {
      Picture made = witness.get();
      picture = made;
      if (settled && made instanceof Picture.Masked) {
        done.countDown();
      }
    }
  }

  @Override
  public void health(CameraHealth told) {
    health = told;
    if (told.state() == CameraHealth.State.LOST) {
      done.countDown();
    }
  }

  @Override
  public void close() {}
}
