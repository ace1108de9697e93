package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.StoredEvent;
import org.jspecify.annotations.Nullable;

/**
 * Whether a broker retains what it should: the newest of each stored document that it keeps. It is
 * told all of them again where it has forgotten the gateway, where another broker, or another
 * process of ours, was connected last, and where an older document arrived after a newer one.
 *
 * <p>Survives connections; confined to the publisher thread, but for {@link #ask}.
 */
final class Retained {
  /** Until a store that refused is asked again. */
  static final Duration RETRY = Duration.ofSeconds(60);

  private final Topics topics;
  private final BooleanSupplier tellAgain;
  private final LongSupplier nanos;
  private final AtomicBoolean owed = new AtomicBoolean();
  private long dueAt;

  /** The one connected to last. */
  private @Nullable URI served;

  /** The highest sequence that it confirmed, by topic; one for each document there is. */
  private final Map<String, Long> newest = new HashMap<>();

  /**
   * @param tellAgain appends all that a broker retains; false when the store refuses
   */
  Retained(Topics topics, BooleanSupplier tellAgain, LongSupplier nanos) {
    this.topics = topics;
    this.tellAgain = tellAgain;
    this.nanos = nanos;
    this.dueAt = nanos.getAsLong();
  }

  /** All of it is to be told again. Any thread. */
  void ask() {
    owed.set(true);
  }

  /**
   * CONNACK has come.
   *
   * @return whether this broker was connected to last and still has the session
   */
  boolean connected(URI broker, boolean sessionPresent) {
    boolean same = broker.equals(served);
    if (!same) {
      served = broker;
      newest.clear();
    }
    if (!same || !sessionPresent) {
      owed.set(true);
    }
    dueAt = nanos.getAsLong();
    return same && sessionPresent;
  }

  /** The broker has confirmed an event. */
  void delivered(StoredEvent event) {
    Lane lane = event.event().lane();
    if (lane != Lane.ALERT && lane != Lane.REPORT) {
      return; // bulk, of which nothing is retained
    }
    String topic = event.event().topic();
    if (topics.delivery(topic).retain()
        && newest.merge(topic, event.sequence(), Math::max) > event.sequence()) {
      owed.set(true);
    }
  }

  /** Tells it again when that is due; must not be called without a connection. */
  void tellDue() {
    if (!owed.get() || nanos.getAsLong() - dueAt < 0) {
      return;
    }
    owed.set(false);
    boolean told = false;
    try {
      told = tellAgain.getAsBoolean();
    } finally {
      if (!told) {
        owed.set(true);
        dueAt = nanos.getAsLong() + RETRY.toNanos();
      }
    }
  }

  /** In nanoseconds from now, at most {@code max}: when {@link #tellDue} has something to do. */
  long untilDue(long max) {
    return owed.get() ? Math.clamp(dueAt - nanos.getAsLong(), 0, max) : max;
  }
}
