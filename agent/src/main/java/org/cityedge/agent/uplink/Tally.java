package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The publisher's books about itself: its thread writes, any thread reads. */
final class Tally {
  private record Line(boolean connected, Optional<URI> broker, Instant since) {}

  final LongAdder connections = new LongAdder();
  final LongAdder stalls = new LongAdder();
  final LongAdder published = new LongAdder();
  final LongAdder acknowledged = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder nobodyListening = new LongAdder();
  private volatile @Nullable String lastFault;
  private volatile Line line;

  Tally(Instant now) {
    line = new Line(false, Optional.empty(), now);
  }

  void connected(URI broker, Instant now) {
    connections.increment();
    line = new Line(true, Optional.of(broker), now);
  }

  void disconnected(URI broker, Instant now) {
    Line before = line;
    line = new Line(false, Optional.of(broker), before.connected() ? now : before.since());
  }

  void fault(String text) {
    lastFault = text;
  }

  Publisher.Status status(Optional<Expiry> certificate) {
    Line now = line;
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
        Optional.ofNullable(lastFault));
  }
}
