package org.cityedge.agent.page;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.agent.page.Snapshot.Level;
import org.cityedge.config.Section;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as Prometheus and OpenMetrics read it. Every label is bounded by the configuration or
 * by an enumeration: level 3, lane 4, kind 5, camera 16, sensor and quantity {@value
 * LastHour#MAX_CHANNELS} together. Pure.
 */
final class Metrics {
  private static final ExpositionFormats FORMATS = ExpositionFormats.init();

  /** What goes out, and how it is called. */
  record Exposition(String type, byte[] body) {}

  private final List<MetricSnapshot> all = new ArrayList<>();

  private Metrics() {}

  /**
   * @param accept what the scraper wants; by default Prometheus' text format
   */
  static Exposition of(Snapshot snapshot, @Nullable String accept) {
    ExpositionFormatWriter writer = FORMATS.findWriter(accept == null ? "" : accept);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, snapshots(snapshot));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return new Exposition(writer.getContentType(), out.toByteArray());
  }

  static MetricSnapshots snapshots(Snapshot snapshot) {
    Metrics metrics = new Metrics();
    metrics.gateway(snapshot);
    metrics.uplink(snapshot.cloud());
    metrics.store(snapshot);
    metrics.alerts(snapshot);
    metrics.sensors(snapshot.sensors());
    metrics.cameras(snapshot.cameras());
    metrics.machine(snapshot.machine());
    return new MetricSnapshots(metrics.all);
  }

  private void gateway(Snapshot s) {
    Snapshot.Gateway gateway = s.gateway();
    all.add(
        InfoSnapshot.builder()
            .name("cityedge_agent")
            .help("Who this is.")
            .dataPoint(
                InfoDataPointSnapshot.builder()
                    .labels(
                        Labels.of(
                            "gateway", gateway.id(),
                            "district", gateway.district(),
                            "version", gateway.version(),
                            "java", gateway.java()))
                    .build())
            .build());
    gauges(
        "cityedge_light",
        "1 for the level of the traffic light that is on.",
        null,
        List.of(Level.values()),
        level -> Labels.of("level", Section.wordFor(level)),
        level -> s.light().level() == level ? 1 : 0);
    gauge("cityedge_uptime_seconds", "Since the agent's start.", Unit.SECONDS, gateway.uptimeS());
    gauge("cityedge_boot_number", "Openings of this store.", null, gateway.boot());
    gauge(
        "cityedge_config_sequence",
        "Number of the active configuration; 0 for the factory document.",
        null,
        gateway.configSeq());
    gauge(
        "cityedge_clock_synchronised",
        "1 when somebody vouches for the clock.",
        null,
        s.clock().source().equals("none") ? 0 : 1);
  }

  private void uplink(Snapshot.Cloud cloud) {
    gauge("cityedge_uplink_connected", "1 from CONNACK on.", null, cloud.connected() ? 1 : 0);
    gauge(
        "cityedge_uplink_delivering",
        "1 once the broker has confirmed an event on this connection.",
        null,
        cloud.reached().equals("puback") ? 1 : 0);
    gauge("cityedge_uplink_held", "1 while the centre's host is away.", null, cloud.held() ? 1 : 0);
    gauge(
        "cityedge_uplink_deaf",
        "1 while the broker brings nothing of the centre: its subscription is refused.",
        null,
        cloud.deaf() == null ? 0 : 1);
    counter("cityedge_uplink_reconnects", "Connections after the first.", cloud.reconnects());
    counter("cityedge_uplink_stalls", "Connections given up without PUBACKs.", cloud.stalls());
    counter("cityedge_uplink_published", "PUBLISH packets of stored events.", cloud.published());
    counter(
        "cityedge_uplink_acknowledged", "Events that a broker confirmed.", cloud.acknowledged());
    counter("cityedge_uplink_rejected", "Events that no broker takes.", cloud.rejected());
    Long days = cloud.certificateDays();
    if (days != null) {
      gauge(
          "cityedge_certificate_remaining_seconds",
          "Until the first certificate of the way to the broker ends, in whole days.",
          Unit.SECONDS,
          days * 86_400.0);
    }
  }

  private void store(Snapshot s) {
    List<Snapshot.Queue> lanes = s.queue();
    Function<Snapshot.Queue, Labels> lane = queue -> Labels.of("lane", queue.lane());
    gauges("cityedge_queue_events", "Events that wait.", null, lanes, lane, Snapshot.Queue::events);
    gauges("cityedge_queue_bytes", "Their size.", Unit.BYTES, lanes, lane, Snapshot.Queue::bytes);
    gauges(
        "cityedge_queue_oldest_age_seconds",
        "Age of the oldest; 0 when none waits.",
        Unit.SECONDS,
        lanes,
        lane,
        queue -> queue.oldestAgeS() == null ? 0 : queue.oldestAgeS());
    counters(
        "cityedge_queue_dropped",
        "Events dropped, each covered by a loss receipt.",
        lanes,
        lane,
        Snapshot.Queue::dropped);
    counter("cityedge_store_appended", "Events ever stored.", s.books().appended());
    gauge(
        "cityedge_store_unexplained_events",
        "Appended and neither waiting nor accounted for: 0, or a defect.",
        null,
        s.books().unexplained());
    gauge(
        "cityedge_store_trouble",
        "1 while the store cannot do its work.",
        null,
        s.books().trouble() == null ? 0 : 1);
  }

  private void alerts(Snapshot s) {
    List<Rule.Kind> kinds = List.of(Rule.Kind.values());
    Function<Rule.Kind, Labels> labels = kind -> Labels.of("kind", kind.word());
    gauges(
        "cityedge_alerts_open",
        "Open alerts.",
        null,
        kinds,
        labels,
        kind -> s.alerts().stream().filter(alert -> alert.kind().equals(kind.word())).count());
    gauges(
        "cityedge_alerts_unaccepted",
        "Open alerts of which the centre has said nothing yet.",
        null,
        kinds,
        labels,
        kind ->
            s.alerts().stream()
                .filter(alert -> alert.kind().equals(kind.word()) && alert.handling() == null)
                .count());
    counters(
        "cityedge_alerts_raised",
        "Alerts raised since the start.",
        kinds,
        labels,
        kind -> s.alertsRaised().getOrDefault(kind.word(), 0L));
  }

  private void sensors(List<Snapshot.Channel> channels) {
    Function<Snapshot.Channel, Labels> channel =
        c -> Labels.of("sensor", c.sensor(), "quantity", c.quantity());
    List<Snapshot.Channel> read = channels.stream().filter(c -> c.ageS() != null).toList();
    // One that is waited for or warms up is no fault; one that cannot be had is, though it was
    // never read.
    List<Snapshot.Channel> judged =
        channels.stream()
            .filter(c -> c.fault() != null || (c.ageS() != null && !c.quality().equals("init")))
            .toList();
    gauges(
        "cityedge_sensor_trusted",
        "1 while the channel's last reading can be trusted.",
        null,
        judged,
        channel,
        c ->
            c.fault() == null && (c.quality().equals("good") || c.quality().equals("sim")) ? 1 : 0);
    gauges(
        "cityedge_sensor_age_seconds",
        "Since the last reading.",
        Unit.SECONDS,
        read,
        channel,
        c -> c.ageS() == null ? 0 : c.ageS());
    gauges(
        "cityedge_sensor_value",
        "The last reading, in the unit of its label (RFC 8428); a flag is 0 or 1.",
        null,
        read,
        c -> Labels.of("sensor", c.sensor(), "quantity", c.quantity(), "unit", c.unit()),
        Metrics::value);
  }

  private static double value(Snapshot.Channel channel) {
    if (channel.number() != null) {
      return channel.number();
    }
    return Boolean.TRUE.equals(channel.flag()) ? 1 : 0;
  }

  private void cameras(List<Snapshot.Camera> cameras) {
    Function<Snapshot.Camera, Labels> camera = c -> Labels.of("camera", c.id());
    gauges(
        "cityedge_camera_ok",
        "1 while its pictures are of use.",
        null,
        cameras,
        camera,
        c -> c.state().equals("ok") ? 1 : 0);
    gauges(
        "cityedge_camera_frames_per_second",
        "Analysed frames a second over the last minute.",
        null,
        cameras,
        camera,
        Snapshot.Camera::framesPerSecond);
    gauges(
        "cityedge_camera_frame_age_seconds",
        "Since the newest analysed frame.",
        Unit.SECONDS,
        cameras.stream().filter(c -> c.frameAgeS() != null).toList(),
        camera,
        c -> c.frameAgeS() == null ? 0 : c.frameAgeS());
    gauges(
        "cityedge_camera_analysis_seconds",
        "Median time of a frame's analysis over the last minute.",
        Unit.SECONDS,
        cameras,
        camera,
        c -> c.analysisMs() / 1000);
    gauges(
        "cityedge_camera_decoder_cpu_ratio",
        "CPU of the child that decodes, of one core.",
        Unit.RATIO,
        cameras,
        camera,
        c -> c.decoderCpuPercent() / 100);
    counters(
        "cityedge_camera_frames_dropped",
        "Frames that came during the analysis of the one before.",
        cameras,
        camera,
        Snapshot.Camera::dropped);
    counters(
        "cityedge_camera_reconnects",
        "Starts of the stream after the first.",
        cameras,
        camera,
        Snapshot.Camera::reconnects);
    List<Counted> counted =
        cameras.stream()
            .flatMap(c -> c.crowds().stream().map(crowd -> new Counted(c.id(), crowd)))
            .toList();
    Function<Counted, Labels> zone = c -> Labels.of("camera", c.camera(), "zone", c.crowd().zone());
    gauges(
        "cityedge_camera_persons",
        "People in the zone, estimated; absent while nobody can be counted.",
        null,
        counted,
        zone,
        c -> c.crowd().persons());
    gauges(
        "cityedge_camera_persons_per_square_metre",
        "The same for each square metre of the zone, where the camera knows its ground.",
        null,
        counted.stream().filter(c -> c.crowd().perSquareMetre() != null).toList(),
        zone,
        c -> c.crowd().perSquareMetre() == null ? 0 : c.crowd().perSquareMetre());
  }

  private record Counted(String camera, Snapshot.Crowd crowd) {}

  private void machine(Snapshot.Machine machine) {
    counter("process_cpu_seconds", "CPU time, user and system.", machine.cpuSeconds());
    gauge("cityedge_heap_bytes", "Java heap in use.", Unit.BYTES, machine.heapBytes());
    optional("process_resident_memory_bytes", "Resident set.", Unit.BYTES, machine.residentBytes());
    optional(
        "cityedge_disk_free_bytes",
        "Usable space below the data folder.",
        Unit.BYTES,
        machine.diskFreeBytes());
    optional("cityedge_temperature_celsius", "Of the board.", Unit.CELSIUS, machine.temperatureC());
    gauges(
        "cityedge_unclean_ends",
        "Runs of the last 24 h that ended without an orderly stop.",
        null,
        List.of("crash", "power"),
        cause -> Labels.of("cause", cause),
        cause -> cause.equals("crash") ? machine.crashes() : machine.powerCuts());
  }

  private void optional(String name, String help, Unit unit, @Nullable Number value) {
    if (value != null) {
      gauge(name, help, unit, value);
    }
  }

  private void gauge(String name, String help, @Nullable Unit unit, Number value) {
    gauges(name, help, unit, List.of(value), _ -> Labels.EMPTY, v -> v);
  }

  private void counter(String name, String help, Number value) {
    counters(name, help, List.of(value), _ -> Labels.EMPTY, v -> v);
  }

  private interface Value<T> {
    Number of(T item);
  }

  /** Nothing is written of nothing. */
  private <T> void gauges(
      String name,
      String help,
      @Nullable Unit unit,
      List<T> items,
      Function<T, Labels> labels,
      Value<T> value) {
    GaugeSnapshot.Builder out = GaugeSnapshot.builder().name(name).help(help);
    if (unit != null) {
      out.unit(unit);
    }
    for (T item : items) {
      out.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(labels.apply(item))
              .value(value.of(item).doubleValue())
              .build());
    }
    if (!items.isEmpty()) {
      all.add(out.build());
    }
  }

  private <T> void counters(
      String name, String help, List<T> items, Function<T, Labels> labels, Value<T> value) {
    CounterSnapshot.Builder out = CounterSnapshot.builder().name(name).help(help);
    for (T item : items) {
      out.dataPoint(
          CounterDataPointSnapshot.builder()
              .labels(labels.apply(item))
              .value(value.of(item).doubleValue())
              .build());
    }
    if (!items.isEmpty()) {
      all.add(out.build());
    }
  }
}
