package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long alerts take from the look that confirms them to the broker's PUBACK of their first
 * message: the centre asks for a report within a time limit (requirements.md R14). Of alerts that
 * this run of the agent has raised. Monotonic nanoseconds; safe for all threads, never waits.
 */
final class ReportTimes {
  /** Alerts that wait for their PUBACK; of more, the oldest are not measured. */
  private static final int MAX_WAITING = 1024;

  /** What requirements.md R14 asks for. */
  private static final long LIMIT_MS = Duration.ofSeconds(5).toMillis();

  /** An alert's time. */
  record Reported(String alertId, long millis) {}

  // All guarded by this.
  private final Map<String, Long> waiting = new LinkedHashMap<>();
  private final List<Reported> fresh = new ArrayList<>();
  private long count;
  private long late;
  private long last;
  private long longest;

  /** An alert was raised. */
  synchronized void raised(String alertId, long confirmedNanos) {
    waiting.put(alertId + "-1", confirmedNanos);
    if (waiting.size() > MAX_WAITING) {
      waiting.remove(waiting.keySet().iterator().next());
    }
  }

  /** The broker has an alert's message. */
  synchronized void delivered(String eventId, long nanos) {
    Long confirmed = waiting.remove(eventId);
    if (confirmed == null) {
      return;
    }
    last = Math.max(0, nanos - confirmed) / 1_000_000;
    longest = Math.max(longest, last);
    count++;
    late += last > LIMIT_MS ? 1 : 0;
    if (fresh.size() < MAX_WAITING) {
      fresh.add(new Reported(eventId.substring(0, eventId.length() - 2), last));
    }
  }

  /** Those that came since this was asked last. */
  synchronized List<Reported> take() {
    List<Reported> taken = List.copyOf(fresh);
    fresh.clear();
    return taken;
  }

  /** So far. */
  synchronized AlertTracker.Reporting soFar() {
    return new AlertTracker.Reporting(count, late, last, longest);
  }
}
