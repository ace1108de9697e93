package org.cityedge.video;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.cityedge.video.Observation.Kind;

/** Tells each frame's size. */
final class FrameTeller implements Detector {
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
            Map.of("width", (double) frame.width(), "height", (double) frame.height()),
            List.of(),
            frame.nanos(),
            frame.at()));
  }

  @Override
  public void close() {}
}
