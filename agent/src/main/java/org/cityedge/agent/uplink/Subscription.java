package org.cityedge.agent.uplink;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What the gateway asks its broker to be told. A refusal is a fault that the status shows, and the
 * question is put again under back-off, for nobody reconnects a gateway whose access list was
 * mended.
 *
 * <p>Survives connections; confined to the publisher thread.
 */
final class Subscription {
  private final Set<String> filters;
  private final Backoff backoff;
  private final Tally tally;
  private final LongSupplier nanos;
  private OptionalLong dueAt = OptionalLong.empty();

  Subscription(Inbox inbox, HostState host, Backoff backoff, Tally tally, LongSupplier nanos) {
    Set<String> all = new HashSet<>(inbox.filters());
    host.topic().ifPresent(all::add);
    this.filters = Set.copyOf(all);
    this.backoff = backoff;
    this.tally = tally;
    this.nanos = nanos;
  }

  boolean isEmpty() {
    return filters.isEmpty();
  }

  /** Sends SUBSCRIBE: on a new connection, and whenever an answer to it would tell something. */
  void ask(MqttLink link) throws IOException {
    dueAt = OptionalLong.empty();
    if (!isEmpty()) {
      link.subscribe(filters);
    }
  }

  /** Sends SUBSCRIBE when its time has come. */
  void askDue(MqttLink link) throws IOException {
    if (dueAt.isPresent() && nanos.getAsLong() - dueAt.getAsLong() >= 0) {
      ask(link);
    }
  }

  /** In nanoseconds from now, at most {@code max}: when {@link #askDue} has something to do. */
  long untilDue(long max) {
    return dueAt.isEmpty() ? max : Math.clamp(dueAt.getAsLong() - nanos.getAsLong(), 0, max);
  }

  /**
   * SUBSCRIBE was answered.
   *
   * @param code the highest of its reason codes, from 0x80 a refusal (MQTT 5 §3.9.3)
   */
  void answered(int code) {
    if (code < 0x80) {
      backoff.reset();
      tally.deaf(Optional.empty());
      return;
    }
    dueAt = OptionalLong.of(nanos.getAsLong() + backoff.next().toNanos());
    tally.deaf(
        Optional.of(
            String.format("subscription refused: 0x%02x, so nothing of the centre arrives", code)));
  }
}
