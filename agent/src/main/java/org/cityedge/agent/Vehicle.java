package org.cityedge.agent;

import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.agent.position.TrackPacks;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.buffer.EventStore;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Losses;
import org.cityedge.drivers.position.PositionConfig;
import org.cityedge.drivers.position.Receiver;
import org.cityedge.drivers.position.Track;
import org.jspecify.annotations.Nullable;

/**
 * The receiver of a gateway that moves, and the track that it leaves; nothing where the gateway
 * stands still. Confined to the thread that starts and closes, but for {@link #tick}.
 */
final class Vehicle implements AutoCloseable {
  private final EventStore store;
  private final CloudEvents events;
  private final Whereabouts whereabouts;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Losses losses;
  private volatile @Nullable TrackPacks points;
  private @Nullable Receiver receiver;

  /**
   * @param whereabouts hears all that the receiver reports
   * @param nanos monotonic clock
   * @param losses of points that are given up
   */
  Vehicle(
      EventStore store,
      CloudEvents events,
      Whereabouts whereabouts,
      InstantSource clock,
      LongSupplier nanos,
      Losses losses) {
    this.store = store;
    this.events = events;
    this.whereabouts = whereabouts;
    this.clock = clock;
    this.nanos = nanos;
    this.losses = losses;
  }

  void start(Optional<PositionConfig> config) {
    if (!(config.orElse(null) instanceof PositionConfig.Mobile source)) {
      return;
    }
    Track track = new Track(source.track());
    TrackPacks packs = new TrackPacks(store, events, source.track().pack(), nanos, losses);
    points = packs;
    receiver = new Receiver(source, new Clocks(clock, nanos));
    receiver.start(
        report -> whereabouts.accept(report).filter(track::isPoint).ifPresent(packs::add));
  }

  /** Once a second. */
  void tick() {
    TrackPacks now = points;
    if (now != null) {
      now.tick();
    }
  }

  /** What was tracked is stored. */
  @Override
  public void close() {
    if (receiver != null) {
      receiver.close();
      receiver = null;
    }
    TrackPacks last = points;
    if (last != null) {
      last.close();
      points = null;
    }
  }
}
