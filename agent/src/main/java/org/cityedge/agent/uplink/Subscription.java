package org.cityedge.agent.uplink;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the gateway asks its broker to be told. A refusal is a fault that the status shows, and the
 * question is put again under back-off, for nobody reconnects a gateway whose access list was
 * mended.
 *
 * <p>A message that the MQTT client cannot read ends the connection, and the broker sends it again
 * on the next one, before any PUBACK. So after {@value #RENEW} such ends in a row the session is
 * given up with all that waits in it, and after {@value #MUTE} nothing is subscribed to for a
 * while, under back-off: what the gateway has to say goes before what it is told.
 *
 * <p>Survives connections; confined to the publisher thread.
 */
final class Subscription {
  static final int RENEW = 2;
  static final int MUTE = 3;

  private final Set<String> filters;
  private final Backoff refused;
  private final Backoff mutedFor;
  private final Tally tally;
  private final LongSupplier nanos;
  private OptionalLong dueAt = OptionalLong.empty();
  private int unreadable;
  private boolean muted;

  Subscription(
      Inbox inbox, HostState host, Supplier<Backoff> backoff, Tally tally, LongSupplier nanos) {
    Set<String> all = new HashSet<>(inbox.filters());
    host.topic().ifPresent(all::add);
    this.filters = Set.copyOf(all);
    this.refused = backoff.get();
    this.mutedFor = backoff.get();
    this.tally = tally;
    this.nanos = nanos;
  }

  boolean isEmpty() {
    return filters.isEmpty();
  }

  /** Whether the next connection gives up what the broker keeps of the session. */
  boolean renewsSession() {
    return unreadable >= RENEW;
  }

  /** On a new connection: sends SUBSCRIBE, or says why not. */
  void begin(MqttLink link) throws IOException {
    muted = unreadable >= MUTE && !isEmpty();
    if (muted) {
      askAfter(mutedFor);
      tally.deaf(
          Optional.of(
              "messages to this gateway cannot be read, so nothing is subscribed to for a while"));
    } else {
      ask(link);
    }
  }

  /** Sends SUBSCRIBE, whenever an answer to it would tell something. */
  void ask(MqttLink link) throws IOException {
    if (!muted && !isEmpty()) {
      dueAt = OptionalLong.empty();
      link.subscribe(filters);
    }
  }

  /** Sends SUBSCRIBE when its time has come. */
  void askDue(MqttLink link) throws IOException {
    if (dueAt.isPresent() && nanos.getAsLong() - dueAt.getAsLong() >= 0) {
      muted = false;
      ask(link);
    }
  }

  private void askAfter(Backoff backoff) {
    dueAt = OptionalLong.of(nanos.getAsLong() + backoff.next().toNanos());
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
      refused.reset();
      tally.deaf(Optional.empty());
      return;
    }
    askAfter(refused);
    tally.deaf(
        Optional.of(
            String.format("subscription refused: 0x%02x, so nothing of the centre arrives", code)));
  }

  /**
   * A connection, or the attempt at one, ended.
   *
   * @param stable whether it had held for long
   */
  void ended(MqttLink.Loss cause, boolean stable) {
    if (cause == MqttLink.Loss.UNREADABLE) {
      unreadable++;
    } else if (stable) {
      unreadable = 0;
      mutedFor.reset();
    }
  }
}
