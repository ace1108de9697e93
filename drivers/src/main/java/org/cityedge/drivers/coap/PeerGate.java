package org.cityedge.drivers.coap;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import org.cityedge.drivers.Recent;

/**
 * Drops what comes faster than allowed from one address, before it costs more than a look-up. Knows
 * the last 1024 addresses; who is forgotten begins anew with a full burst. An address stands for
 * all devices behind one NAT. Safe for use by several threads.
 */
final class PeerGate {
  private static final int MOST_PEERS = 1024;

  private final LongSupplier nanos;
  private final Duration interval;
  private final int burst;

  // guarded by this
  private final Map<InetAddress, Pace> peers = new Recent<>(MOST_PEERS);
  private long dropped;

  PeerGate(LongSupplier nanos, int perSecond) {
    this.nanos = nanos;
    this.interval = Duration.ofSeconds(1).dividedBy(perSecond);
    this.burst = 2 * perSecond;
  }

  synchronized boolean admits(InetAddress peer) {
    boolean admitted =
        peers.computeIfAbsent(peer, _ -> new Pace(nanos, interval, burst)).takeOrWaitNanos() == 0;
    if (!admitted) {
      dropped++;
    }
    return admitted;
  }

  /** Datagrams dropped since the last call. */
  synchronized long takeDropped() {
    long count = dropped;
    dropped = 0;
    return count;
  }
}
