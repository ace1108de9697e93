package org.cityedge.video;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which detectors fail, and since when. Confined to the camera's thread. */
final class Failures {
  /** From the first failure to the newest one without a success: one bad picture is no fault. */
  private static final Duration LASTING = Duration.ofSeconds(10);

  private record Failure(String why, long firstNanos, long lastNanos) {}

  private final Map<Detector, Failure> failing = new HashMap<>();

  /**
   * @return whether it worked until now
   */
  boolean failed(Detector detector, String why, long nanos) {
    Failure before = failing.get(detector);
    failing.put(detector, new Failure(why, before == null ? nanos : before.firstNanos, nanos));
    return before == null;
  }

  /**
   * @return whether it failed until now
   */
  boolean worked(Detector detector) {
    return failing.remove(detector) != null;
  }

  /** Why one of them fails, if any does. */
  Optional<String> why() {
    return failing.values().stream().map(Failure::why).findFirst();
  }

  /** Whether one of them has failed for so long that the camera is of little use. */
  boolean last() {
    return failing.values().stream()
        .anyMatch(failure -> failure.lastNanos - failure.firstNanos >= LASTING.toNanos());
  }
}
