package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The publisher's books about itself: its thread writes, any thread reads. */
final class Tally {
  private static final Logger LOG = LoggerFactory.getLogger(Tally.class);

  private record Line(
      boolean connected, Optional<URI> broker, Instant since, long acknowledgedBefore) {}

  final LongAdder connections = new LongAdder();
  final LongAdder stalls = new LongAdder();
  final LongAdder published = new LongAdder();
  final LongAdder acknowledged = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder nobodyListening = new LongAdder();
  private volatile @Nullable String lastFault;
  private volatile @Nullable String deaf;
  private volatile @Nullable Instant heldSince;
  private volatile Line line;

  /** The one that served last; confined to the publisher thread. */
  private @Nullable URI served;

  Tally(Instant now) {
    line = new Line(false, Optional.empty(), now, 0);
  }

  /** Returns whether another broker has served since this one did. */
  boolean connected(URI broker, Instant now) {
    boolean elsewhere = served != null && !served.equals(broker);
    served = broker;
    connections.increment();
    line = new Line(true, Optional.of(broker), now, acknowledged.sum());
    return elsewhere;
  }

  void disconnected(URI broker, Instant now) {
    Line before = line;
    line = new Line(false, Optional.of(broker), before.connected() ? now : before.since(), 0);
  }

  /** Tells a change once. */
  void held(boolean held, Instant now) {
    Instant since = heldSince;
    if (held && since == null) {
      heldSince = now;
      LOG.warn("The host at the centre is away; what is stored waits for it.");
    } else if (!held && since != null) {
      heldSince = null;
      LOG.info("What is stored leaves again. heldSince={}", since);
    }
  }

  void fault(String text) {
    lastFault = text;
  }

  /**
   * Goes before every other fault of a connection that stands, until it is over.
   *
   * @param why nothing of the centre arrives; empty when it does
   */
  void deaf(Optional<String> why) {
    deaf = why.orElse(null);
  }

  /**
   * @param below how far the line itself came
   */
  Reached reached(Reached below) {
    Line now = line;
    if (!now.connected()) {
      return below;
    }
    return acknowledged.sum() > now.acknowledgedBefore() ? Reached.PUBACK : Reached.CONNACK;
  }

  Publisher.Status status(Optional<Expiry> certificate) {
    Line now = line;
    String first = now.connected() ? deaf : null;
    return new Publisher.Status(
        now.connected(),
        now.broker(),
        now.since(),
        Math.max(0, connections.sum() - 1),
        stalls.sum(),
        published.sum(),
        acknowledged.sum(),
        rejected.sum(),
        nobodyListening.sum(),
        certificate,
        Optional.ofNullable(heldSince),
        Optional.ofNullable(first == null ? lastFault : first));
  }
}
