package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Debounces a line whose kernel refuses to. An edge has the time at which its level had held for
 * the period, as the kernel's have. One thread waits; {@link #isActive} may be asked from another.
 */
final class DebouncedLine implements Line {
  private final Line raw;
  private final Debounce debounce;

  // confined to the waiting thread
  private @Nullable Edge seen;
  private boolean level;

  private volatile boolean active;

  /**
   * Owns the line from here on.
   *
   * @throws IOException when the line cannot be read; it is given back then
   */
  DebouncedLine(Line raw, Duration period) throws IOException {
    this.raw = raw;
    try {
      this.active = raw.isActive();
    } catch (IOException e) {
      raw.close();
      throw e;
    }
    this.level = active;
    this.debounce = new Debounce(period.toNanos(), active, System.nanoTime());
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public Optional<Edge> await(Duration timeout) throws IOException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      long now = System.nanoTime();
      Edge next = seen;
      // What held for the period before this edge has settled before it.
      Optional<Edge> settled = debounce.level(level, next == null ? now : next.nanos());
      if (settled.isPresent()) {
        active = debounce.isActive();
        return settled;
      }
      if (next != null) {
        seen = null;
        level = next.active();
        settled = debounce.level(level, next.nanos());
        if (settled.isPresent()) { // a period of zero
          active = debounce.isActive();
          return settled;
        }
        continue;
      }
      if (now - end >= 0) {
        return Optional.empty();
      }
      long left = Math.min(end - now, level == active ? Long.MAX_VALUE : debounce.leftNanos(now));
      seen = raw.await(Duration.ofNanos(left)).orElse(null);
    }
  }

  @Override
  public void close() {
    raw.close();
  }
}
