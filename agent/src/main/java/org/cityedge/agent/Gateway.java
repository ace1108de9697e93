package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.care.Progress;
import org.cityedge.agent.page.StatusPage;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.agent.remote.CameraSnapshot;
import org.cityedge.agent.remote.Drills;
import org.cityedge.agent.remote.LogLevel;
import org.cityedge.agent.remote.Steering;
import org.cityedge.agent.remote.Vitals;
import org.cityedge.agent.status.Catalog;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Credentials;
import org.cityedge.agent.uplink.EvidenceChunks;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.agent.uplink.LossEvents;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.agent.uplink.TelemetryPacks;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.Losses;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;
import org.cityedge.video.Witness;
import org.cityedge.video.model.Models;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where the agent's graph is built.
 *
 * <pre>
 *   start:  outputs off → store → publisher → lamps and button → telemetry packs → page → alerts resumed → position → sensors → cameras → pulse
 *   close:  outputs off → pulse → cameras → sensors → position → page → telemetry packs → lamps and button → publisher (the window settles within 5 s) → store
 *
 *   Receiver ─Report────► Whereabouts ──────┐
 *                       └─► TrackPacks ─────┤
 *   Sensor ─Sample──────┬─► TelemetryPacks ─┤
 *                       ├─► AlertTracker ───┼─► EventStore ──► Publisher ──► broker
 *   Camera ─Observation─┘                   │
 *          ─CameraHealth──► Health ─────────┴── beside the store: state, health
 *   all of them ──────────► StatusPage ──► a browser that asks
 * </pre>
 *
 * It starts without broker, sensor or camera; {@link Health} tells what is missing.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  /** A camera that is sampled at keyframes has one within this. */
  private static final Duration NEXT_PICTURE = Duration.ofSeconds(10);

  /** Written by the thread that starts and closes. */
  private volatile GatewayConfig config;

  private final InstantSource clock = InstantSource.system();
  private final LongSupplier nanos = System::nanoTime;
  private final EventStore store;
  private final CloudEvents cloudEvents;
  private final TelemetryPacks packs;

  /** What the store refused for too long. */
  private final Losses givenUp = new Losses();

  private final Outputs outputs;
  private final AlertTracker alerts;
  private final Drills drills;
  private final Whereabouts whereabouts;
  private final Vehicle vehicle;
  private final CameraSnapshot snapshots;
  private final Announcements announcements;
  private final Subscriptions subscriptions;

  private final Northbound northbound;
  private final EvidenceChunks evidence;
  private final KeptEvidence kept;
  private final Health health;
  private final Indicators indicators;
  private final Panel panel;
  private volatile StatusPage page;
  private final Models models;
  private final Sources sources;
  private final Path run;
  private final Progress progress = new Progress(Progress.LIMIT, nanos);
  private final Hooks hooks;
  private final Path data;
  private final LogLevel logLevel;

  /** What has been started, the last first. Confined to the thread that starts and closes. */
  private final Deque<AutoCloseable> started = new ArrayDeque<>();

  /**
   * What the gateway asks of the agent that runs it.
   *
   * @param factory the factory document
   * @param configSeq number of the active configuration, 0 for the factory document
   * @param desired takes what comes on {@code G/config/desired}, on the inbox's thread; empty when
   *     this gateway follows no orders from afar
   * @param reportAgain appends again the report of the configuration, on the publisher thread,
   *     since the broker may have none or an old one; false when it cannot be stored
   * @param onRestart called at most once, when the gateway wants to be closed and its process
   *     started again; must not wait
   * @param audit outlives each gateway; what is recorded leaves through the one that runs
   * @param steering what signed commands may ask for
   */
  public record Hooks(
      Path factory,
      LongSupplier configSeq,
      Optional<Consumer<Incoming>> desired,
      Predicate<Gateway> reportAgain,
      Runnable onRestart,
      Audit audit,
      Steering steering) {}

  private Gateway(
      GatewayConfig config,
      Path data,
      Path run,
      Secrets secrets,
      EventStore store,
      KeptEvidence kept,
      CloudEvents cloudEvents,
      Hooks around) {
    this.config = config;
    this.run = run;
    this.hooks = around;
    this.kept = kept;
    this.data = data;
    this.logLevel = new LogLevel(nanos);
    this.store = store;
    this.cloudEvents = cloudEvents;
    this.announcements = new Announcements(store, cloudEvents, clock, Catalog.of(config));
    this.evidence =
        new EvidenceChunks(kept.clips(), store, cloudEvents, config.uplink().evidence(), nanos);
    this.whereabouts = new Whereabouts(config.position(), nanos);
    this.vehicle = new Vehicle(store, cloudEvents, whereabouts, clock, nanos, givenUp);
    this.outputs = new Outputs(config.outputs(), nanos);
    this.alerts =
        new AlertTracker(
            config,
            store,
            cloudEvents,
            clock,
            nanos,
            Health::clock,
            whereabouts::at,
            outputs,
            new Originals(evidence, kept.originals()));
    this.snapshots =
        new CameraSnapshot(evidence, this::lookingCameras, cloudEvents::newId, NEXT_PICTURE);
    this.subscriptions =
        new Subscriptions(
            new Subscriptions.Parts(
                store,
                cloudEvents,
                alerts,
                outputs,
                evidence,
                List.of(kept.clips(), kept.originals()),
                snapshots,
                logLevel,
                this::rebirth),
            config.gateway().id(),
            around,
            data,
            run,
            clock,
            nanos);
    this.northbound =
        new Northbound(
            config.uplink(),
            new Northbound.Parts(
                store,
                cloudEvents,
                announcements,
                alerts,
                new Credentials(secrets, data.resolve("certificates")),
                around.configSeq(),
                () -> around.reportAgain().test(this),
                around.onRestart()),
            subscriptions.byTopic(),
            data,
            progress,
            clock,
            nanos);
    this.packs =
        new TelemetryPacks(
            store, cloudEvents, TelemetryPacks.GROUP, config.uplink().telemetry(), nanos, givenUp);
    this.drills = new Drills(data);
    this.models = new Models(data.resolve(Models.FOLDER));
    this.health =
        new Health(
            store,
            cloudEvents,
            config.quantities(),
            config.plainSensors(),
            whereabouts,
            outputs,
            models,
            around.configSeq(),
            data,
            nanos);
    this.indicators = new Indicators(northbound::publisher, health, store, data.resolve("config"));
    this.panel = new Panel(indicators, run, around.steering());
    this.page = page(config);
    this.sources =
        new Sources(
            new KeyFiles(secrets, data.resolve("certificates")),
            data,
            run,
            models,
            config.evidence(),
            clock,
            nanos,
            progress,
            new Intake());
  }

  private StatusPage page(GatewayConfig of) {
    return new StatusPage(
        of,
        new StatusPage.Parts(
            store,
            northbound::publisher,
            alerts,
            outputs,
            whereabouts,
            cloudEvents,
            hooks.configSeq(),
            indicators::troubles),
        data,
        clock,
        nanos);
  }

  /**
   * Opens the store and builds everything; starts nothing.
   *
   * @param data folder that lasts: the event store, the secrets in {@code secrets/}, the
   *     certificates in {@code certificates/}; made when it is missing
   * @param run folder for what does not outlive the process
   * @throws IOException when the data folder or the store cannot be used; the text names the place
   *     and the cure
   */
  public static Gateway open(GatewayConfig config, Path data, Path run, Hooks around)
      throws IOException {
    Files.createDirectories(data);
    Files.createDirectories(run);
    Topics topics = new Topics(config.gateway().district(), config.gateway().id());
    InstantSource clock = InstantSource.system();
    CloudEvents cloudEvents =
        new CloudEvents(
            topics, config.gateway().zone(), clock, new Ulid(clock, new SecureRandom()));
    KeptEvidence kept = KeptEvidence.open(data, config.evidence(), System::nanoTime);
    EventStore store =
        SqliteEventStore.open(config.buffer(), kept.clips(), new LossEvents(cloudEvents), clock);
    return new Gateway(
        config, data, run, new Secrets(data.resolve("secrets")), store, kept, cloudEvents, around);
  }

  /** Starts sinks before sources; returns once everything has been told to start. */
  public void start() {
    LOG.info(
        "Gateway starts. gateway={} version={} boot={} sensors={} cameras={} rules={}",
        config.gateway().id(),
        Version.agent(),
        store.boot(),
        config.sensors().size(),
        config.cameras().size(),
        config.rules().size());
    // First of all: what a crash left on goes off now.
    started.push(outputs);
    outputs.start();
    started.push(store);
    started.push(northbound);
    northbound.start();
    started.push(panel);
    panel.start(config);
    started.push(subscriptions);
    started.push(hooks.audit()::tellNobody);
    hooks.audit().tellTo(announcements::audit);
    started.push(logLevel);
    started.push(packs);
    packs.start();
    progress.watch("telemetry-packs", packs.turn());
    started.push(() -> page.close());
    page.start();
    alerts.resume();
    // Before sensors and cameras, so that the first alert has a place.
    started.push(vehicle);
    vehicle.start(config.position());
    started.push(sources);
    sources.start(config);
    HealthReports reports =
        new HealthReports(
            health, store, alerts, sources, givenUp, panel::lampFaults, run, clock, nanos);
    started.push(reports);
    started.push(new Pulse(parts(reports)));
  }

  /**
   * Stops sources, lets the window settle within 5 s, closes the store last. Any number of times.
   */
  @Override
  public void close() {
    // Not after the publisher's last 5 s.
    outputs.close();
    List<Exception> faults = new ArrayList<>();
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception e) { // whatever one part throws, the others are still to be closed
        faults.add(e);
      }
    }
    store.close();
    faults.forEach(fault -> LOG.error("A part did not close cleanly.", fault));
    LOG.info("Gateway stopped. gateway={}", config.gateway().id());
  }

  /** Whether another configuration can be followed while this gateway stays open. */
  public boolean canFollow(GatewayConfig next) {
    return config.canBecome(next);
  }

  /**
   * Goes on with another configuration: what is the same in both runs on untouched. On the thread
   * that started this; whoever gets an exception closes it.
   *
   * @param next one that it {@link #canFollow can follow}
   */
  public void follow(GatewayConfig next) {
    Set<String> stopped = sources.stopAllBut(next);
    GatewayConfig before = config;
    config = next;
    if (!before.position().equals(next.position())) {
      vehicle.close();
      whereabouts.follow(next.position());
      vehicle.start(next.position());
    }
    if (!before.outputs().equals(next.outputs())) {
      outputs.follow(next.outputs());
    }
    if (!before.evidence().equals(next.evidence())) {
      kept.follow(next.evidence());
    }
    health.follow(stopped, next.quantities(), next.plainSensors());
    alerts.follow(next, stopped);
    if (before.page().equals(next.page())) {
      page.follow(next, stopped);
    } else {
      page.close();
      page = page.successor(next, stopped);
      page.start();
    }
    panel.follow(before, next);
    if (!announcements.describe(Catalog.of(next))) {
      northbound.catalogLater();
    }
    packs.follow(next.uplink().telemetry());
    evidence.follow(next.uplink().evidence());
    northbound.follow(before.uplink(), next.uplink());
    sources.start(next);
    LOG.info("Gateway goes on with another configuration. stopped={}", stopped);
  }

  /** What {@code G/state} says has changed. */
  public void stateChanged() {
    northbound.publisher().publishState();
  }

  /** Where sensors and cameras tell what they see; on their threads. */
  private final class Intake implements Sources.Sink {
    @Override
    public void accept(Sample sample) {
      health.accept(sample);
      page.accept(sample);
      if (sample instanceof Sample.Measured(var reading)) {
        packs.add(reading);
      }
      alerts.accept(sample);
    }

    @Override
    public void observed(Observation observation, Witness witness) {
      alerts.accept(observation, witness);
      page.accept(observation, witness);
      snapshots.offer(observation, witness);
    }

    @Override
    public void health(CameraHealth state) {
      health.accept(state);
      page.accept(state);
      alerts.accept(state);
    }
  }

  /** As {@link #close}, to go on at once with another configuration. */
  public void closeForChange() {
    northbound.leaveFor("reconfiguring");
    close();
  }

  /**
   * Appends what {@code G/config/reported} is to say.
   *
   * @param report at most 8 KiB
   * @return its sequence; empty when it cannot be stored
   */
  public OptionalLong report(byte[] report) {
    return announcements.configReported(report);
  }

  /** Has the report appended again that could not be stored, once connected. */
  public void reportLater() {
    northbound.reportLater();
  }

  /**
   * How it is doing, as far as a gate asks.
   *
   * @param probe the sequence of a report that is to have its PUBACK
   */
  public Vitals vitals(OptionalLong probe) {
    Publisher.Status line = northbound.publisher().status();
    return new Vitals(
        line.connected(),
        line.heldSince().isPresent(),
        line.acknowledged() > 0 && probe.isPresent() && northbound.isDelivered(probe.getAsLong()),
        config.sensors().size(),
        health.sensorsOk(),
        config.cameras().size(),
        health.camerasOk(),
        line.lastFault());
  }

  /** The part that makes no progress; the agent's own thread only. */
  public Optional<String> stuck() {
    return progress.stuck();
  }

  /** One line of how it is, for whoever looks at the service. */
  public String summary() {
    return "%s, sensors %d of %d ok, cameras %d of %d ok, %d alerts open"
        .formatted(
            switch (indicators.cloud()) {
              case WAITING -> "no connection";
              case CONNECTING -> "connecting";
              case CONNECTED -> "connected";
            },
            health.sensorsOk(),
            config.sensors().size(),
            health.camerasOk(),
            config.cameras().size(),
            alerts.openCount());
  }

  /** Gives the disk room at the cost of the oldest evidence; how many bytes that freed. */
  public long freeRoom() throws IOException {
    return kept.freeRoom();
  }

  /** By command. */
  private void rebirth() {
    northbound.sayAllAgain();
  }

  private List<String> lookingCameras() {
    return config.cameras().values().stream()
        .map(GatewayConfig.CameraEntry::config)
        .filter(camera -> !camera.detect().isEmpty())
        .map(CameraConfig::id)
        .toList();
  }

  /** What is to be done once a second. */
  private List<Pulse.Part> parts(HealthReports reports) {
    return List.of(
        part("alerts", alerts::tick),
        part("drills", () -> drills.tick(alerts)),
        part("evidence", evidence::tick),
        part("position", vehicle::tick),
        part("log-level", logLevel::tick),
        part("shelf", kept::tick),
        part("health", () -> reports.tick(northbound.publisher())),
        part("page", () -> page.tick()));
  }

  private Pulse.Part part(String name, Runnable work) {
    return new Pulse.Part(name, progress.loop("pulse " + name), work);
  }
}
