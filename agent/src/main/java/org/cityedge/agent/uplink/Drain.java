package org.cityedge.agent.uplink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Settlement;
import org.cityedge.buffer.StoredEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves events from the store through one connection: keeps the window full, books each PUBACK, and
 * settles in batches. Valid for one connection; confined to the publisher thread.
 *
 * <p>A confirmed event is settled within {@link #SETTLE_WITHIN} or as soon as {@link
 * #SETTLE_EVENTS} have gathered, so that one commit serves many. A crash in between sends them once
 * more under the same ids.
 */
final class Drain {
  static final int SETTLE_EVENTS = 256;
  static final Duration SETTLE_WITHIN = Duration.ofMillis(50);

  /** While the disk refuses settlements, no more than these are in memory, and sending pauses. */
  static final int MAX_UNSETTLED = 1024;

  private static final Duration STORE_RETRY = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

  private final EventStore store;
  private final MqttLink link;
  private final Topics topics;
  private final int window;
  private final long maxPacketBytes;
  private final Tally tally;
  private final Suspects suspects;
  private final Backoff quota;
  private final LongSupplier nanos;
  private final long patientFrom;

  private final Lanes lanes;
  private final Map<Long, StoredEvent> inFlight = new HashMap<>();

  /** Messages that are not from the store; they take room in the window as well. */
  private final Set<Long> statements = new HashSet<>();

  private final List<Settlement> settlements = new ArrayList<>();
  private long settleAt;
  private long restUntil;
  private boolean storeFails;
  private long progressAt;

  /**
   * @param window most messages in flight
   * @param maxPacketBytes larger packets are rejected here
   * @param suspects what earlier connections broke on
   * @param patience how long the connection must have held before a postponed event is tried
   * @param quota delays after a PUBACK that asks for patience
   */
  Drain(
      EventStore store,
      MqttLink link,
      Topics topics,
      int window,
      long maxPacketBytes,
      Suspects suspects,
      Backoff quota,
      Tally tally,
      Duration patience,
      LongSupplier nanos) {
    this.store = store;
    this.link = link;
    this.topics = topics;
    this.window = window;
    this.maxPacketBytes = maxPacketBytes;
    this.suspects = suspects;
    this.quota = quota;
    this.tally = tally;
    this.nanos = nanos;
    this.lanes = new Lanes(store, suspects);
    this.progressAt = nanos.getAsLong();
    this.restUntil = progressAt;
    this.patientFrom = progressAt + patience.toNanos();
  }

  void appended() {
    lanes.appended();
  }

  /** Whether the window has room. */
  boolean hasRoom() {
    return inFlight.size() + statements.size() < (suspects.careful() ? 1 : window);
  }

  /** Whether everything sent was answered. */
  boolean isQuiet() {
    return inFlight.isEmpty() && statements.isEmpty();
  }

  /** Sends what is not from the store. */
  void statement(Outgoing statement, long tag) throws IOException {
    sending();
    statements.add(tag);
    link.publish(statement, tag);
  }

  /** Sends what waits, as far as the window has room. */
  void refill() throws IOException {
    if (nanos.getAsLong() - restUntil < 0) {
      return;
    }
    try {
      while (hasRoom() && settlements.size() < MAX_UNSETTLED) {
        boolean alone = isQuiet() && nanos.getAsLong() - patientFrom >= 0;
        StoredEvent event = lanes.next(alone);
        if (event == null) {
          return;
        }
        send(event);
      }
    } catch (UncheckedIOException e) {
      storeFailed("read", e);
    }
  }

  private void send(StoredEvent event) throws IOException {
    Outgoing message;
    try {
      message = Envelope.of(event, topics);
    } catch (IllegalArgumentException e) {
      reject(event, String.valueOf(e.getMessage()));
      return;
    }
    if (message.packetBytes() > maxPacketBytes) {
      reject(event, "packet of " + message.packetBytes() + " bytes, at most " + maxPacketBytes);
      return;
    }
    sending();
    inFlight.put(event.sequence(), event);
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
    if (statements.remove(tag)) {
      if (reasonCode >= 0x80) {
        tally.fault("state refused: " + PubackReason.text(reasonCode));
        LOG.warn(
            "The broker refuses the gateway's state. reason={}", PubackReason.text(reasonCode));
      }
      return;
    }
    StoredEvent event = inFlight.remove(tag);
    if (event == null) {
      return;
    }
    suspects.answered(tag);
    switch (PubackReason.of(reasonCode).verdict()) {
      case DELIVERED -> delivered(event);
      case UNHEARD -> {
        tally.nobodyListening.increment();
        delivered(event);
      }
      case AGAIN -> again(event, reasonCode);
      case REFUSED -> reject(event, PubackReason.text(reasonCode));
    }
  }

  private void delivered(StoredEvent event) {
    quota.reset();
    tally.acknowledged.increment();
    settle(new Settlement.Acknowledged(event.sequence()));
  }

  private void again(StoredEvent event, int reasonCode) {
    lanes.again(event);
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
    tally.rejected.increment();
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
    if (settlements.isEmpty()) {
      settleAt = nanos.getAsLong() + SETTLE_WITHIN.toNanos();
    }
    settlements.add(settlement);
  }

  /** Settles when the time or the number has come. */
  void settleDue() {
    boolean due = !settlements.isEmpty() && nanos.getAsLong() - settleAt >= 0;
    boolean many = settlements.size() >= SETTLE_EVENTS && !storeFails;
    if (due || many) {
      settleNow();
    }
  }

  void settleNow() {
    if (settlements.isEmpty()) {
      return;
    }
    try {
      store.settle(List.copyOf(settlements));
      settlements.clear();
      storeFails = false;
    } catch (UncheckedIOException e) {
      storeFailed("settle", e);
    }
  }

  /** The connection is over: what is known is settled, what is not is under suspicion. */
  void end() {
    settleNow();
    suspects.ended(inFlight.keySet());
  }

  private void storeFailed(String what, UncheckedIOException e) {
    long retry = nanos.getAsLong() + STORE_RETRY.toNanos();
    settleAt = retry;
    restUntil = retry;
    tally.fault("store does not " + what + ": " + e.getMessage());
    if (!storeFails) {
      storeFails = true;
      LOG.warn("The store does not {}; it is tried again. reason={}", what, e.getMessage());
    }
  }

  /** Whether no PUBACK came for the given time although one is owed. */
  boolean stalledFor(Duration limit) {
    return !isQuiet() && nanos.getAsLong() - progressAt >= limit.toNanos();
  }

  /**
   * When something is to be done without a signal, in nanoseconds from now, at most {@code max}.
   */
  long untilDue(long max, Duration stall) {
    long now = nanos.getAsLong();
    long due = max;
    if (!settlements.isEmpty()) {
      due = Math.min(due, settleAt - now);
    }
    if (!isQuiet()) {
      due = Math.min(due, progressAt + stall.toNanos() - now);
    }
    if (restUntil - now > 0) {
      due = Math.min(due, restUntil - now);
    }
    return Math.max(0, due);
  }
}
