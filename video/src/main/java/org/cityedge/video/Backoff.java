package org.cityedge.video;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The wait before the next start of a stream: 1, 2, 5, 10, 30, then always 60 s, each lengthened by
 * up to a fifth, so that cameras which failed together do not come back together. It also holds
 * when a start fails at once. Confined to one thread.
 */
public final class Backoff {
  private static final List<Duration> STEPS =
      List.of(
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60));

  private final RandomGenerator random;
  private int step;

  public Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** The next wait. */
  public Duration next() {
    Duration base = STEPS.get(step);
    step = Math.min(step + 1, STEPS.size() - 1);
    return base.plusMillis((long) (base.toMillis() * 0.2 * random.nextDouble()));
  }

  /** The stream held; the next failure starts again with the shortest wait. */
  public void reset() {
    step = 0;
  }
}
