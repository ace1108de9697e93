package org.cityedge.agent.status;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the board is hot, so that cameras do less: from {@value #FROM} °C, where a Raspberry Pi
 * begins to lower its clock (Raspberry Pi documentation, "Frequency management and thermal
 * control"), until it is below {@value #UNTIL} °C again. Never on a board that does not tell. Any
 * thread.
 */
public final class Heat implements BooleanSupplier {
  /** Degrees Celsius. */
  public static final double FROM = 80;

  /** Degrees Celsius. */
  static final double UNTIL = 75;

  private static final Duration EVERY = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Heat.class);

  private final Supplier<OptionalDouble> celsius;
  private final LongSupplier nanos;

  // Guarded by this.
  private long lookedNanos;
  private boolean hot;

  /**
   * @param celsius asked every 10 s at most, {@link Machine#temperature}
   * @param nanos monotonic clock
   */
  public Heat(Supplier<OptionalDouble> celsius, LongSupplier nanos) {
    this.celsius = celsius;
    this.nanos = nanos;
    lookedNanos = nanos.getAsLong() - EVERY.toNanos();
  }

  @Override
  public synchronized boolean getAsBoolean() {
    long now = nanos.getAsLong();
    if (now - lookedNanos >= EVERY.toNanos()) {
      lookedNanos = now;
      double is = celsius.get().orElse(0);
      boolean next = is >= (hot ? UNTIL : FROM);
      if (next != hot) {
        hot = next;
        LOG.warn(
            hot
                ? "The board is hot; cameras are looked at once a second. celsius={}"
                : "The board has cooled down. celsius={}",
            is);
      }
    }
    return hot;
  }
}
