package org.cityedge.agent.status;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.cityedge.agent.Version;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.alerts.Verdicts;
import org.cityedge.agent.care.UncleanEnds;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.agent.status.SensorConditions.Condition;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.config.Section;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.model.Models;

/**
 * What the centre hears of the gateway itself every minute (wire.md §5), at most 4 KiB. Sources
 * report on their own threads; the document is written on the caller's.
 */
public final class Health {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final double MIB = 1 << 20;

  private static final int MAX_DETAIL = 60;

  /** Of the document (wire.md §2). */
  static final int MAX_BYTES = 4 * 1024;

  /** What is left off of cameras, in this order, until the document fits. */
  private static final List<List<String>> SPARED =
      List.of(
          List.of("detail"),
          List.of("alerts"),
          List.of("decoded", "decoderCpuPercent"),
          List.of("dropped", "reconnects"),
          List.of("analysisMs", "frameAgeMs"));

  private final EventStore store;
  private final CloudEvents cloudEvents;
  private final Whereabouts whereabouts;
  private final Outputs outputs;
  private final Models models;
  private final LongSupplier configSeq;
  private final Path data;
  private final UncleanEnds ends;
  private volatile int plainSensors;
  private final LongSupplier nanos;
  private final long started;

  private final SensorConditions sensors;
  private final Map<String, CameraHealth> cameras = new ConcurrentHashMap<>();

  // Confined to the caller of document().
  private Duration cpuBefore = Duration.ZERO;
  private long writtenBefore;

  /**
   * @param quantities of each sensor, by its id
   * @param plainSensors how many of them speak plain CoAP, which can be read and forged on the way
   * @param outputs counted when there are any
   * @param models counted when cameras use any
   * @param configSeq number of the active configuration
   * @param data the data folder, whose free space counts
   */
  public Health(
      EventStore store,
      CloudEvents cloudEvents,
      Map<String, List<String>> quantities,
      int plainSensors,
      Whereabouts whereabouts,
      Outputs outputs,
      Models models,
      LongSupplier configSeq,
      Path data,
      LongSupplier nanos) {
    this.store = store;
    this.cloudEvents = cloudEvents;
    this.plainSensors = plainSensors;
    this.whereabouts = whereabouts;
    this.outputs = outputs;
    this.models = models;
    this.configSeq = configSeq;
    this.data = data;
    this.ends = UncleanEnds.in(data, Health::clockWasSet);
    this.nanos = nanos;
    this.started = nanos.getAsLong();
    this.sensors = new SensorConditions(nanos);
    this.writtenBefore = started;
    sensors.expect(quantities);
  }

  /**
   * Goes on with other sensors and cameras.
   *
   * @param stopped sensors and cameras of which nothing is known any more
   * @param quantities of each sensor that there is now; what is known of the others stays
   * @param plain how many of them speak plain CoAP
   */
  public void follow(Collection<String> stopped, Map<String, List<String>> quantities, int plain) {
    sensors.forget(stopped);
    stopped.forEach(cameras::remove);
    sensors.expect(quantities);
    plainSensors = plain;
  }

  /** How far the wall clock can be trusted right now. */
  public static Alert.Clock clock() {
    return WallClock.REAL.now();
  }

  /**
   * Whether times can be judged by the wall clock: somebody has set it since the boot, though
   * perhaps nobody vouches for it any more.
   */
  public static boolean clockWasSet() {
    return WallClock.REAL.wasSet();
  }

  public void accept(Sample sample) {
    sensors.accept(sample);
  }

  public void accept(CameraHealth health) {
    cameras.put(health.camera(), health);
  }

  /** Sensors whose last sample was a reading that can be trusted. */
  public int sensorsOk() {
    return sensors.count(Condition.OK);
  }

  /** Cameras that deliver frames. */
  public int camerasOk() {
    return (int)
        cameras.values().stream().filter(camera -> camera.state() == CameraHealth.State.OK).count();
  }

  /** Sensors that are silent or cannot be trusted right now. */
  public int sensorsFailing() {
    return sensors.count(Condition.STALE) + sensors.count(Condition.BAD);
  }

  /** Cameras that deliver nothing, or nothing of use. */
  public int camerasFailing() {
    return (int)
        cameras.values().stream()
            .map(CameraHealth::state)
            .filter(state -> state != CameraHealth.State.OK && state != CameraHealth.State.STARTING)
            .count();
  }

  /** Uses of a network that go on without it. */
  public List<Models.Standing> modelsInTrouble() {
    return models.standings().stream().filter(standing -> standing.trouble().isPresent()).toList();
  }

  /** Whether the board complains of too little voltage right now. */
  public static boolean voltageLow() {
    return Voltage.read(Path.of("/")) == Voltage.LOW_NOW;
  }

  /** Whether the board complains of too little voltage or too much heat right now. */
  public static boolean boardSuffers() {
    return voltageLow() || Machine.temperature().orElse(0) >= Machine.HOT;
  }

  /**
   * The document as it is now, at most {@value #MAX_BYTES} bytes: what does not fit is left off of
   * the cameras, of all of them alike.
   */
  public byte[] document(Publisher.Status uplink, AlertTracker alerts, Instant now) {
    ObjectNode out = JSON.createObjectNode();
    out.put("time", cloudEvents.time(now));
    out.put("uptimeS", Duration.ofNanos(nanos.getAsLong() - started).toSeconds());
    out.put("boot", store.boot()).put("version", Version.agent());
    out.put("configSeq", configSeq.getAsLong());
    machine(out);
    UncleanEnds.Count unclean = ends.lastDay();
    out.putObject("uncleanEnds")
        .put("crashes", unclean.crashes())
        .put("powerCuts", unclean.powerCuts());
    Alert.Clock clock = clock();
    ObjectNode clockOut = out.putObject("clock").put("source", clock.source());
    if (clock.errorMs() != null) {
      clockOut.put("errorMs", clock.errorMs());
    }
    uplink(out.putObject("uplink"), uplink);
    store(out);
    out.putObject("sensors")
        .put("init", sensors.count(Condition.INIT))
        .put("ok", sensors.count(Condition.OK))
        .put("stale", sensors.count(Condition.STALE))
        .put("bad", sensors.count(Condition.BAD))
        .put("plain", plainSensors);
    if (outputs.count() > 0) {
      int failing = outputs.failing();
      out.putObject("outputs").put("ok", outputs.count() - failing).put("bad", failing);
    }
    models(out);
    whereabouts.status().ifPresent(status -> position(out.putObject("position"), status));
    ArrayNode list = out.putArray("cameras");
    Map<String, Verdicts> verdicts = alerts.verdicts();
    for (CameraHealth camera : cameras.values()) {
      ObjectNode entry = list.addObject();
      camera(entry, camera);
      Verdicts verdict = verdicts.get(camera.camera());
      if (verdict != null) {
        entry
            .putObject("alerts")
            .put("raised", verdict.raised())
            .put("falsePositives", verdict.falsePositives());
      }
    }
    out.put("alertsOpen", alerts.openCount()).put("alertsFlapping", alerts.flapping());
    AlertTracker.Reporting reporting = alerts.reporting();
    if (reporting.count() > 0) {
      out.putObject("alertsReported")
          .put("count", reporting.count())
          .put("late", reporting.late())
          .put("lastMs", reporting.lastMs())
          .put("longestMs", reporting.longestMs());
    }
    ObjectNode raised = out.putObject("alerts");
    alerts.raised().forEach((kind, count) -> raised.put(kind.word(), count));
    return fitted(out, list);
  }

  private static byte[] fitted(ObjectNode document, ArrayNode cameras) {
    byte[] out = document.toString().getBytes(StandardCharsets.UTF_8);
    for (List<String> names : SPARED) {
      if (out.length <= MAX_BYTES) {
        break;
      }
      cameras.forEach(camera -> ((ObjectNode) camera).remove(names));
      out = document.toString().getBytes(StandardCharsets.UTF_8);
    }
    return out;
  }

  /** What tools on this machine are told (see {@link Bulletin}); any one thread. */
  public ObjectNode bulletin(Publisher.Status uplink, AlertTracker alerts, List<Loss> lost) {
    ObjectNode out = JSON.createObjectNode();
    out.put("version", Version.agent()).put("configSeq", configSeq.getAsLong());
    out.put("uptimeS", Duration.ofNanos(nanos.getAsLong() - started).toSeconds());
    ObjectNode line = out.putObject("uplink");
    uplink(line, uplink);
    uplink.deaf().ifPresent(why -> line.put("deaf", why));
    sensors.write(out.putObject("sensors"));
    ArrayNode losses = out.putArray("losses");
    for (Loss loss : lost) {
      losses
          .addObject()
          .put("from", loss.from())
          .put("cause", Section.wordFor(loss.cause()))
          .put("count", loss.count())
          .put("ageS", tenths((nanos.getAsLong() - loss.nanos()) / 1e9));
    }
    ObjectNode switches = out.putObject("outputs");
    outputs.faults().forEach(switches::put);
    whereabouts.status().ifPresent(status -> position(out.putObject("position"), status));
    ArrayNode views = out.putArray("cameras");
    for (CameraHealth camera : cameras.values()) {
      ObjectNode entry = views.addObject();
      camera(entry, camera);
      camera.remark().ifPresent(remark -> entry.put("detail", remark));
    }
    ArrayNode networks = out.putArray("models");
    for (Models.Standing standing : models.standings()) {
      ObjectNode entry =
          networks
              .addObject()
              .put("camera", standing.camera())
              .put("kind", Section.wordFor(standing.kind()))
              .put("file", standing.file());
      standing.trouble().ifPresent(trouble -> entry.put("trouble", trouble));
    }
    out.put("alertsOpen", alerts.openCount());
    return out;
  }

  private void models(ObjectNode out) {
    List<Models.Standing> standings = models.standings();
    List<String> troubles = troubles(standings);
    if (!standings.isEmpty()) {
      ObjectNode counted =
          out.putObject("models")
              .put("ok", standings.size() - troubles.size())
              .put("bad", troubles.size());
      troubles.stream().findFirst().ifPresent(why -> counted.put("detail", cut(why)));
    }
  }

  private static List<String> troubles(List<Models.Standing> standings) {
    return standings.stream().flatMap(standing -> standing.trouble().stream()).toList();
  }

  private void machine(ObjectNode out) {
    long now = nanos.getAsLong();
    Duration cpu = Machine.cpu();
    double share = (double) cpu.minus(cpuBefore).toNanos() / Math.max(1, now - writtenBefore);
    cpuBefore = cpu;
    writtenBefore = now;
    Runtime runtime = Runtime.getRuntime();
    out.put("cpuPercent", Math.min(100, tenths(100 * share / runtime.availableProcessors())));
    out.put("heapMb", tenths((runtime.totalMemory() - runtime.freeMemory()) / MIB));
    Machine.residentBytes().ifPresent(bytes -> out.put("rssMb", tenths(bytes / MIB)));
    Machine.freeBytes(data).ifPresent(bytes -> out.put("diskFreeMb", Math.round(bytes / MIB)));
    Machine.temperature().ifPresent(celsius -> out.put("temperatureC", tenths(celsius)));
  }

  private void uplink(ObjectNode out, Publisher.Status status) {
    out.put("connected", status.connected())
        .put("reconnects", status.reconnects())
        .put("stalls", status.stalls())
        .put("published", status.published())
        .put("acknowledged", status.acknowledged())
        .put("rejected", status.rejected())
        .put("nobodyListening", status.nobodyListening());
    status
        .certificate()
        .ifPresent(
            expiry ->
                out.putObject("certificate")
                    .put("which", expiry.which())
                    .put("until", cloudEvents.time(expiry.until())));
    status.heldSince().ifPresent(since -> out.put("heldSince", cloudEvents.time(since)));
    status.lastFault().ifPresent(fault -> out.put("fault", cut(fault)));
  }

  private void store(ObjectNode out) {
    Account account = store.account();
    ObjectNode books = out.putObject("store");
    books
        .put("appended", account.appended())
        .put("acknowledged", account.acknowledged())
        .put("rejected", account.rejected())
        .put("dropped", account.dropped())
        .put("unexplained", account.unexplained());
    store.trouble().ifPresent(trouble -> books.put("trouble", cut(trouble)));
    ObjectNode queue = out.putObject("queue");
    for (Lane lane : Lane.values()) {
      Account.Waiting waiting = account.waiting(lane);
      ObjectNode in =
          queue
              .putObject(Section.wordFor(lane))
              .put("events", waiting.events())
              .put("bytes", waiting.bytes())
              .put("dropped", account.dropped(lane));
      if (waiting.events() > 0) {
        in.put("oldestAgeS", tenths(waiting.age().toMillis() / 1000.0));
      }
    }
  }

  private void camera(ObjectNode out, CameraHealth health) {
    out.put("id", health.camera())
        .put("state", Section.wordFor(health.state()))
        .put("framesPerSecond", tenths(health.framesPerSecond()))
        .put("analysisMs", tenths(health.analysisMillis()))
        .put("decoded", health.keyframes() ? "keyframes" : "all")
        .put("decoderCpuPercent", tenths(health.decoderPercent()))
        .put("dropped", health.dropped())
        .put("reconnects", health.reconnects());
    if (health.frameAgeMillis() >= 0) {
      // It is told every few seconds, and never again by a thread that hangs.
      long told = Math.max(0, nanos.getAsLong() - health.nanos());
      out.put("frameAgeMs", health.frameAgeMillis() + told / 1_000_000);
    }
    health.remark().ifPresent(remark -> out.put("detail", cut(remark)));
  }

  private static void position(ObjectNode out, Whereabouts.Status status) {
    out.put("source", Section.wordFor(status.source()))
        .put("state", Section.wordFor(status.state()))
        .put("refused", status.refused());
    status
        .place()
        .ifPresent(
            place -> {
              out.put("ageS", tenths(place.age().toMillis() / 1000.0));
              place.accuracyM().ifPresent(metres -> out.put("accuracyM", tenths(metres)));
            });
    status.detail().ifPresent(detail -> out.put("detail", cut(detail)));
  }

  private static String cut(String text) {
    return text.length() <= MAX_DETAIL ? text : text.substring(0, MAX_DETAIL - 1) + "…";
  }

  static double tenths(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
