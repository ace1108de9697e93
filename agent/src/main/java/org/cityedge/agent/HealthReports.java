package org.cityedge.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.status.Bulletin;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.buffer.EventStore;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how the gateway is: to the centre, and in the run folder to whoever looks on the spot.
 * Confined to the pulse thread, but for {@link #close}.
 */
final class HealthReports implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealthReports.class);

  /** Health every 60 s ± 10 %, so that a city's gateways do not speak in chorus (wire.md §2). */
  private static final Duration PERIOD = Duration.ofSeconds(60);

  private final Health health;
  private final EventStore store;
  private final AlertTracker alerts;
  private final Sources sources;
  private final Losses givenUp;
  private final Supplier<Map<String, String>> lamps;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Bulletin bulletin;
  private final SplittableRandom jitter = new SplittableRandom();
  private long dueNanos;
  private boolean storeFailing;
  private int modelsFailing;

  /**
   * The first one is due at once.
   *
   * @param givenUp what the store refused for too long
   * @param lamps why each lamp that cannot be switched cannot
   */
  HealthReports(
      Health health,
      EventStore store,
      AlertTracker alerts,
      Sources sources,
      Losses givenUp,
      Supplier<Map<String, String>> lamps,
      Path run,
      InstantSource clock,
      LongSupplier nanos) {
    this.health = health;
    this.store = store;
    this.alerts = alerts;
    this.sources = sources;
    this.givenUp = givenUp;
    this.lamps = lamps;
    this.clock = clock;
    this.nanos = nanos;
    this.bulletin = new Bulletin(run, nanos);
    this.dueNanos = nanos.getAsLong();
  }

  /** Once a second. */
  void tick(Publisher publisher) {
    Publisher.Status uplink = publisher.status();
    bulletin.offer(() -> bulletin(uplink));
    // A full disk is told at once and not a minute later: by then the disk may have taken the
    // log with it. So is a network that cannot be used, which a camera finds out after the start.
    boolean store = this.store.trouble().isPresent();
    int models = health.modelsInTrouble().size();
    if (nanos.getAsLong() - dueNanos >= 0 || store != storeFailing || models != modelsFailing) {
      storeFailing = store;
      modelsFailing = models;
      byte[] document = health.document(uplink, alerts, clock.instant());
      publisher.publishHealth(document);
      LOG.debug("health {}", new String(document, StandardCharsets.UTF_8));
      dueNanos = nanos.getAsLong() + (long) (PERIOD.toNanos() * jitter.nextDouble(0.9, 1.1));
    }
  }

  private ObjectNode bulletin(Publisher.Status uplink) {
    ObjectNode out = health.bulletin(uplink, alerts, losses());
    ObjectNode dark = out.putObject("lamps");
    lamps.get().forEach(dark::put);
    return out;
  }

  private List<Loss> losses() {
    return Stream.concat(sources.lost().stream(), givenUp.list().stream()).toList();
  }

  /** An orderly stop; after the last {@link #tick}. */
  @Override
  public void close() {
    bulletin.takeDown();
  }
}
