package org.cityedge.agent.uplink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.Settlement;
import org.cityedge.buffer.StoredEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves events from the store through one connection: keeps the window full, books each PUBACK, and
 * settles in batches. Valid for one connection; confined to the publisher thread.
 *
 * <p>A confirmed event is settled within {@link #SETTLE_WITHIN} or as soon as {@link
 * #SETTLE_EVENTS} have gathered, so that one commit serves many; sending goes on during the commit.
 * A crash in between sends them once more under the same ids.
 *
 * <p>Alerts and statements need a place in the window and nothing else. Reports wait for room on
 * the line ({@link Flight}) as well, telemetry and evidence for the byte rate ({@link TokenBucket})
 * too.
 */
final class Drain {
  static final int SETTLE_EVENTS = 512;
  static final Duration SETTLE_WITHIN = Duration.ofMillis(50);

  /** While the disk refuses settlements, no more than these are in memory, and sending pauses. */
  static final int MAX_UNSETTLED = 1024;

  private static final Duration STORE_RETRY = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

  private final EventStore store;
  private final MqttLink link;
  private final Topics topics;
  private final long maxPacketBytes;
  private final Tally tally;
  private final Retained retained;
  private final Consumer<String> onAlertDelivered;
  private final Suspects suspects;
  private final Backoff quota;
  private final TokenBucket bucket;
  private final Ladder ladder;
  private final LongSupplier nanos;
  private final long patientFrom;

  private final Flight flight;
  private Lanes lanes;

  private final Settlements settlements;
  private long settleAt;
  private long restUntil;
  private boolean storeFails;
  private boolean held;
  private boolean startsAnew;
  private boolean onTrial;
  private long progressAt;

  /**
   * @param window most messages in flight
   * @param maxPacketBytes larger packets are rejected here
   */
  Drain(Connection.Shared shared, MqttLink link, int window, long maxPacketBytes) {
    this.store = shared.store();
    this.link = link;
    this.topics = shared.topics();
    this.maxPacketBytes = maxPacketBytes;
    this.suspects = shared.suspects();
    this.quota = shared.quota();
    this.bucket = shared.bucket();
    this.ladder = shared.ladder();
    this.tally = shared.tally();
    this.retained = shared.retained();
    this.onAlertDelivered = shared.onAlertDelivered();
    this.nanos = shared.nanos();
    this.flight = new Flight(window, nanos);
    this.lanes = new Lanes(store, suspects);
    this.settlements = new Settlements(store, shared.signals()::nudge);
    this.progressAt = nanos.getAsLong();
    this.restUntil = progressAt;
    // A postponed event is tried on a connection that has held for a while.
    this.patientFrom = progressAt + shared.timing().stable().toNanos();
  }

  void appended() {
    lanes.appended();
  }

  /** Whether the window has room. */
  boolean hasRoom() {
    // Nothing joins a postponed event, so while one is on trial it is all there is in flight.
    return flight.hasRoom(suspects.careful() || (onTrial && flight.hasEvents()));
  }

  /** Whether everything sent was answered. */
  boolean isQuiet() {
    return flight.isEmpty();
  }

  /** While held nothing is sent from the store; what is in flight settles. */
  void hold(boolean hold) {
    if (held && !hold) {
      // What has gathered meanwhile is a backlog, so the line to the live ones is drawn anew.
      startsAnew = true;
    }
    held = hold;
  }

  boolean isHeld() {
    return held;
  }

  /** Sends what is not from the store. */
  void statement(Outgoing statement, long tag) throws IOException {
    Outgoing message = link.form(statement);
    sending();
    flight.stated(tag);
    bucket.debit(message.packetBytes());
    link.publish(message, tag);
  }

  /** Sends what waits, as far as the window has room. */
  void refill() throws IOException {
    if (held || isResting() || !begun()) {
      return;
    }
    try {
      while (hasRoom() && settlements.size() < MAX_UNSETTLED) {
        boolean patient = nanos.getAsLong() - patientFrom >= 0;
        Lanes.Leave leave =
            new Lanes.Leave(flight.hasLineRoom(), bucket.isCovered(), patient, isQuiet());
        Lanes.Due due = lanes.next(leave);
        if (due == null) {
          return;
        }
        send(due);
      }
    } catch (UncheckedIOException e) {
      storeFailed("read", String.valueOf(e.getMessage()));
    }
  }

  /** After a hold the store is read from its oldest again, so all that was sent must be settled. */
  private boolean begun() {
    if (startsAnew) {
      if (flight.hasEvents()) {
        return false;
      }
      settleNow();
      if (!settlements.isEmpty()) {
        return false;
      }
      lanes = new Lanes(store, suspects);
      startsAnew = false;
    }
    return true;
  }

  private boolean isResting() {
    return nanos.getAsLong() - restUntil < 0;
  }

  private void send(Lanes.Due due) throws IOException {
    StoredEvent event = due.event();
    Outgoing message;
    try {
      message = link.form(Envelope.of(event, due.replay(), topics));
    } catch (IllegalArgumentException | DateTimeException e) {
      reject(event, String.valueOf(e.getMessage()));
      return;
    } catch (RuntimeException e) {
      // Whatever is wrong with it, the others must not wait for it for ever.
      reject(event, "cannot be rendered: " + e);
      return;
    }
    int bytes = message.packetBytes();
    if (bytes > maxPacketBytes) {
      reject(event, "packet of " + bytes + " bytes, at most " + maxPacketBytes);
      return;
    }
    sending();
    onTrial = suspects.postponed(event.sequence());
    flight.sent(due, bytes);
    bucket.debit(bytes);
    link.publish(message, event.sequence());
    tally.published.increment();
  }

  private void sending() {
    if (isQuiet()) {
      progressAt = nanos.getAsLong();
    }
  }

  /** Books the answer to a message. */
  void puback(long tag, int reasonCode) {
    progressAt = nanos.getAsLong();
    if (flight.statementAnswered(tag)) {
      if (reasonCode >= 0x80) {
        tally.fault("state refused: " + PubackReason.text(reasonCode));
        LOG.warn(
            "The broker refuses the gateway's state. reason={}", PubackReason.text(reasonCode));
      }
      return;
    }
    Lanes.Due due = flight.answered(tag);
    if (due == null) {
      return;
    }
    suspects.answered(tag);
    ladder.progressed();
    switch (PubackReason.of(reasonCode).verdict()) {
      case DELIVERED -> delivered(due.event());
      case UNHEARD -> {
        tally.nobodyListening.increment();
        delivered(due.event());
      }
      case AGAIN -> again(due, reasonCode);
      case REFUSED -> reject(due.event(), PubackReason.text(reasonCode));
    }
  }

  private void delivered(StoredEvent event) {
    quota.reset();
    tally.acknowledged.increment();
    retained.delivered(event);
    if (event.event().lane() == Lane.ALERT) {
      onAlertDelivered.accept(event.event().id());
    }
    settle(new Settlement.Acknowledged(event.sequence()));
  }

  private void again(Lanes.Due due, int reasonCode) {
    lanes.again(due);
    long now = nanos.getAsLong();
    if (now - restUntil >= 0) {
      // One rest for all that the broker refused at once.
      Duration rest = quota.next();
      restUntil = now + rest.toNanos();
      tally.fault("broker asks for patience: " + PubackReason.text(reasonCode));
      LOG.warn(
          "The broker asks for patience. reason={} restMillis={}",
          PubackReason.text(reasonCode),
          rest.toMillis());
    }
  }

  private void reject(StoredEvent event, String reason) {
    tally.rejected(event.sequence());
    tally.fault("rejected: " + reason);
    LOG.warn(
        "An event is rejected. id={} topic={} sequence={} reason={}",
        event.event().id(),
        event.event().topic(),
        event.sequence(),
        reason);
    settle(new Settlement.Rejected(event.sequence(), reason));
  }

  private void settle(Settlement settlement) {
    if (settlements.gathered() == 0) {
      settleAt = nanos.getAsLong() + SETTLE_WITHIN.toNanos();
    }
    settlements.add(settlement);
  }

  /** Settles when the time or the number has come; does not wait for the commit. */
  void settleDue() {
    if (settlements.committing()) {
      if (!settlements.answered()) {
        return;
      }
      settled();
    }
    boolean due = settlements.gathered() > 0 && nanos.getAsLong() - settleAt >= 0;
    boolean many = settlements.gathered() >= SETTLE_EVENTS && !storeFails;
    if (due || many) {
      settlements.commit();
    }
  }

  /** Settles all that is confirmed and waits for the commits. */
  void settleNow() {
    if (settlements.committing()) {
      settled();
    }
    if (settlements.gathered() > 0) {
      settlements.commit();
      settled();
    }
  }

  private void settled() {
    Optional<String> refusal = settlements.outcome();
    storeFails &= refusal.isPresent();
    refusal.ifPresent(reason -> storeFailed("settle", reason));
  }

  /**
   * The connection is over: what is known is settled.
   *
   * @param suspicious whether it may have ended because of what is in flight
   */
  void end(boolean suspicious) {
    settleNow();
    if (suspicious) {
      suspects.ended(flight.unanswered());
    } else {
      suspects.acquitted();
    }
  }

  private void storeFailed(String what, String reason) {
    long retry = nanos.getAsLong() + STORE_RETRY.toNanos();
    settleAt = retry;
    restUntil = retry;
    tally.fault("store does not " + what + ": " + reason);
    if (!storeFails) {
      storeFails = true;
      LOG.warn("The store does not {}; it is tried again. reason={}", what, reason);
    }
  }

  /**
   * Whether nothing moved for the given time although it should: a PUBACK is owed, or something
   * waits and there is no reason why it is not sent. A hold, a rest, a store that refuses and a
   * spent byte rate are such reasons; that nobody answers what was sent before them is none.
   */
  boolean stalledFor(Duration limit) {
    if (isQuiet() && !neglects()) {
      progressAt = nanos.getAsLong();
    }
    return nanos.getAsLong() - progressAt >= limit.toNanos();
  }

  /** Whether something waits that should have been sent. */
  private boolean neglects() {
    return !held
        && !isResting()
        && settlements.isEmpty()
        && bucket.isCovered()
        && store.account().waiting() > lanes.postponed();
  }

  /** A cure is tried; it gets its time. */
  void grantTime() {
    progressAt = nanos.getAsLong();
  }

  /**
   * When something is to be done without a signal, in nanoseconds from now, at most {@code max}.
   */
  long untilDue(long max, Duration stall) {
    long now = nanos.getAsLong();
    long due = max;
    // The end of a commit is a signal, and what gathers meanwhile waits for it.
    if (settlements.gathered() > 0 && !settlements.committing()) {
      due = Math.min(due, settleAt - now);
    }
    if (!isQuiet()) {
      due = Math.min(due, progressAt + stall.toNanos() - now);
    }
    if (restUntil - now > 0) {
      due = Math.min(due, restUntil - now);
    }
    long covered = bucket.untilCovered();
    if (covered > 0) {
      due = Math.min(due, covered);
    }
    return Math.max(0, due);
  }
}
