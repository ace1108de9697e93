package org.cityedge.video;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A detector that learns a scene: what it knows belongs to one size of picture and to a time that
 * goes forward, and is begun anew otherwise.
 */
public abstract class SceneDetector implements Detector {
  /** Frames that come faster get the answer of the one before: 5 looks a second are enough. */
  public static final long STEP_NANOS = Duration.ofMillis(180).toNanos();

  /** What is known as long as the picture keeps its size; owns native memory until closed. */
  protected interface Scene extends AutoCloseable {
    List<Observation> judge(Frame frame);

    @Override
    void close();
  }

  private @Nullable Scene scene;
  private int width;
  private int height;
  private long judged;
  private List<Observation> latest = List.of();

  /** Begins a scene with the size of this frame, which is then judged. */
  protected abstract Scene begin(Frame frame);

  @Override
  public final List<Observation> observe(Frame frame) {
    Scene current = sceneOf(frame);
    if (!latest.isEmpty() && frame.nanos() - judged < STEP_NANOS) {
      latest = latest.stream().map(seen -> seen.at(frame)).toList();
    } else {
      latest = current.judge(frame);
      judged = frame.nanos();
    }
    return latest;
  }

  private Scene sceneOf(Frame frame) {
    Scene known = scene;
    if (known != null
        && frame.width() == width
        && frame.height() == height
        && frame.nanos() >= judged) {
      return known;
    }
    close();
    width = frame.width();
    height = frame.height();
    judged = frame.nanos();
    Scene fresh = begin(frame);
    scene = fresh;
    return fresh;
  }

  @Override
  public final void close() {
    if (scene != null) {
      scene.close();
      scene = null;
    }
    latest = List.of();
  }
}
