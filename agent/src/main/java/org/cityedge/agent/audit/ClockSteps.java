package org.cityedge.agent.audit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the wall clock was set: it and the monotonic clock went on by different amounts. A
 * clock that is slewed (at most 500 ppm) stays below the limit between two looks. Confined to its
 * owner's thread.
 */
public final class ClockSteps {
  private static final Duration LIMIT = Duration.ofSeconds(1);

  private final Audit audit;
  private long wallMillis;
  private long nanos;
  private @Nullable String source;

  public ClockSteps(Audit audit) {
    this.audit = audit;
  }

  /**
   * Looks; at least once a minute.
   *
   * @param nowSource who vouches for the wall clock, {@code none} or {@code ntp}
   */
  public void look(long nowWallMillis, long nowNanos, String nowSource) {
    if (source != null) {
      Duration step = Duration.ofMillis(nowWallMillis - wallMillis).minusNanos(nowNanos - nanos);
      if (step.abs().compareTo(LIMIT) >= 0) {
        record("step", "the clock was set by %+.3f s".formatted(step.toMillis() / 1000.0));
      }
      if (!nowSource.equals(source)) {
        record("source", "was " + source + ", is " + nowSource);
      }
    }
    wallMillis = nowWallMillis;
    nanos = nowNanos;
    source = nowSource;
  }

  private void record(String what, String detail) {
    boolean _ = audit.add(new Entry(Entry.Kind.CLOCK, what, "", "clock", "", detail, false));
  }
}
