package org.cityedge.agent.page;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.Version;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.care.UncleanEnds;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.status.Machine;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.agent.uplink.Reached;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.Lane;
import org.cityedge.config.Section;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;
import org.jspecify.annotations.Nullable;

/**
 * Looks over the whole gateway. Notes what sensors, cameras and the uplink say, which costs next to
 * nothing, and makes a {@link Snapshot} of it when asked. Any thread.
 */
final class Survey {
  /** Any more would not fit on a page, and no gateway has them. */
  private static final int MAX_INTERFACES = 8;

  private static final int MAX_ADDRESSES = 4;

  private volatile GatewayConfig config;
  private final StatusPage.Parts parts;
  private final Path data;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final long started;
  private final UncleanEnds ends;
  private final LastHour lastHour;
  private final FaultLog faults = new FaultLog();
  private final CameraStates cameras;

  // Guarded by this.
  private @Nullable Snapshot newest;
  private long made;

  Survey(
      GatewayConfig config,
      StatusPage.Parts parts,
      Path data,
      InstantSource clock,
      LongSupplier nanos) {
    this.config = config;
    this.parts = parts;
    this.data = data;
    this.clock = clock;
    this.nanos = nanos;
    this.started = nanos.getAsLong();
    this.ends = UncleanEnds.in(data, Health::clockWasSet);
    this.lastHour = new LastHour(nanos);
    this.cameras = new CameraStates(nanos);
    expect(config);
  }

  private void expect(GatewayConfig now) {
    now.sensors()
        .forEach(
            (id, entry) ->
                entry
                    .config()
                    .channels()
                    .forEach(c -> lastHour.expect(id, c.quantity(), c.unit())));
  }

  /** As {@link StatusPage#follow}. */
  void follow(GatewayConfig next, Collection<String> stopped) {
    for (String id : stopped) {
      lastHour.forget(id);
      cameras.forget(id);
      faults.forget(id);
    }
    config = next;
    expect(next);
  }

  void accept(Sample sample) {
    lastHour.accept(sample);
    switch (sample) {
      case Sample.Measured(Reading reading) -> {
        if (!LastHour.isToldAgain(reading.quality())) {
          String channel = reading.sensor() + "/" + reading.quantity();
          if (!lastHour.isFaulty(reading.sensor())) {
            fine(reading.sensor());
          }
          Cause.of(reading.quality())
              .ifPresentOrElse(cause -> fault(channel, cause, ""), () -> fine(channel));
        }
      }
      case Sample.Missed missed ->
          fault(missed.sensor(), Cause.of(missed.fault().kind()), missed.fault().detail());
    }
  }

  void accept(CameraHealth health) {
    cameras.accept(health);
    Cause.of(health.state(), health.detail())
        .ifPresentOrElse(
            cause -> fault(health.camera(), cause, health.detail()),
            () -> {
              if (health.state() == CameraHealth.State.OK) {
                fine(health.camera());
              }
            });
  }

  void accept(Observation seen) {
    cameras.accept(seen);
  }

  /** Once a second: notes what nobody tells by itself. */
  void tick() {
    Publisher.Status uplink = parts.publisher().get().status();
    if (uplink.connected()) {
      fine("uplink");
    } else if (uplink.lastFault().isPresent()) {
      fault("uplink", Cause.UPLINK_DOWN, uplink.lastFault().get());
    }
    parts
        .store()
        .trouble()
        .ifPresentOrElse(
            trouble -> fault("store", Cause.STORE_TROUBLE, trouble), () -> fine("store"));
  }

  private void fault(String subject, Cause cause, String detail) {
    faults.fault(this::now, subject, cause.word(), detail);
  }

  private void fine(String subject) {
    faults.fine(this::now, subject);
  }

  private String now() {
    return parts.cloudEvents().time(clock.instant());
  }

  /** As it is now; at most a second old. */
  synchronized Snapshot snapshot() {
    long now = nanos.getAsLong();
    if (newest == null || now - made >= Duration.ofSeconds(1).toNanos()) {
      newest = look();
      made = now;
    }
    return newest;
  }

  private Snapshot look() {
    Instant now = clock.instant();
    Account account = parts.store().account();
    List<LastHour.Last> lasts = lastHour.lasts();
    List<Snapshot.Camera> seen = config.cameras().values().stream().map(this::camera).toList();
    List<Snapshot.Queue> queue = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      queue.add(queue(account, lane));
    }
    Snapshot.Cloud cloud = cloud(now);
    Snapshot.Books books =
        new Snapshot.Books(
            account.appended(),
            account.acknowledged(),
            account.rejected(),
            account.dropped(),
            account.unexplained(),
            parts.store().trouble().orElse(null));
    Alert.Clock trust = Health.clock();
    Snapshot.Clock clockNow = new Snapshot.Clock(trust.source(), trust.errorMs());
    Snapshot.Machine machine = machine();
    Optional<Snapshot.Position> position = parts.whereabouts().status().map(Survey::position);
    Snapshot.Light light =
        TrafficLight.of(
            new TrafficLight.Parts(
                cloud,
                queue,
                books,
                clockNow,
                machine,
                position,
                lasts,
                seen,
                parts.outputs().failing(),
                parts.troubles().get()));
    return new Snapshot(
        parts.cloudEvents().time(now),
        gateway(),
        light,
        cloud,
        lasts.stream().map(this::channel).toList(),
        seen,
        parts.alerts().openAlerts().stream().map(Survey::alert).toList(),
        queue,
        books,
        faults.newestFirst(),
        network(),
        clockNow,
        machine,
        position.orElse(null),
        parts.alerts().raised().entrySet().stream()
            .collect(Collectors.toMap(e -> e.getKey().word(), Map.Entry::getValue)),
        lastHour.curves());
  }

  private Snapshot.Gateway gateway() {
    GatewayConfig.Identity self = config.gateway();
    return new Snapshot.Gateway(
        self.id(),
        self.about().name(),
        self.district(),
        Version.agent(),
        Runtime.version().toString(),
        parts.store().boot(),
        Duration.ofNanos(nanos.getAsLong() - started).toSeconds(),
        parts.configSeq().getAsLong());
  }

  private Snapshot.Cloud cloud(Instant now) {
    Publisher.Status uplink = parts.publisher().get().status();
    Reached reached = parts.publisher().get().reached();
    URI broker = uplink.broker().orElse(config.uplink().brokers().getFirst());
    return new Snapshot.Cloud(
        uplink.connected(),
        Section.wordFor(reached),
        "mqtts".equals(broker.getScheme()),
        broker.getAuthority(),
        uplink.since().toSeconds(),
        uplink.reconnects(),
        uplink.stalls(),
        uplink.published(),
        uplink.acknowledged(),
        uplink.rejected(),
        uplink.certificate().map(expiry -> expiry.daysLeft(now)).orElse(null),
        uplink.heldSince().isPresent(),
        uplink.deaf().orElse(null),
        uplink.lastFault().orElse(null));
  }

  private Snapshot.Channel channel(LastHour.Last last) {
    GatewayConfig.SensorEntry entry = config.sensors().get(last.sensor());
    String name = entry == null ? last.sensor() : entry.about().name();
    Reading reading = last.reading();
    String fault = last.fault() == null ? null : last.fault().detail();
    if (reading == null) {
      return new Snapshot.Channel(
          last.sensor(), name, last.quantity(), last.unit(), null, null, null, "none", fault);
    }
    return new Snapshot.Channel(
        last.sensor(),
        name,
        last.quantity(),
        reading.unit(),
        reading.value() instanceof Reading.Quantity(double number) ? number : null,
        reading.value() instanceof Reading.Flag(boolean on) ? on : null,
        seconds(lastHour.age(reading)),
        Section.wordFor(reading.quality()),
        fault);
  }

  private Snapshot.Camera camera(CameraEntry entry) {
    boolean picture = config.page().pictures() && !entry.config().detect().isEmpty();
    return cameras.now(entry.config().id(), entry.about().name(), picture);
  }

  private static Snapshot.OpenAlert alert(Alert alert) {
    Alert.Handling handling = alert.handling();
    return new Snapshot.OpenAlert(
        alert.alertId(),
        alert.kind(),
        alert.status(),
        alert.severity(),
        alert.headline(),
        alert.onset(),
        handling == null ? null : handling.state(),
        handling == null ? null : handling.by(),
        handling == null ? null : handling.caseNumber(),
        alert.escalation(),
        alert.flapping());
  }

  private static Snapshot.Queue queue(Account account, Lane lane) {
    Account.Waiting waiting = account.waiting(lane);
    return new Snapshot.Queue(
        Section.wordFor(lane),
        waiting.events(),
        waiting.bytes(),
        waiting.events() > 0 ? seconds(waiting.age()) : null,
        account.dropped(lane));
  }

  private Snapshot.Machine machine() {
    Runtime runtime = Runtime.getRuntime();
    // A few lines, and a day's end moves while nobody starts.
    UncleanEnds.Count unclean = ends.lastDay();
    return new Snapshot.Machine(
        Machine.cpu().toMillis() / 1000.0,
        runtime.totalMemory() - runtime.freeMemory(),
        boxed(Machine.residentBytes()),
        boxed(Machine.freeBytes(data)),
        boxed(Machine.temperature()),
        runtime.availableProcessors(),
        unclean.crashes(),
        unclean.powerCuts());
  }

  private static @Nullable Long boxed(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private static @Nullable Double boxed(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  private static Snapshot.Position position(Whereabouts.Status status) {
    return new Snapshot.Position(
        Section.wordFor(status.source()),
        Section.wordFor(status.state()),
        status.place().map(place -> place.lat()).orElse(null),
        status.place().map(place -> place.lon()).orElse(null),
        status.place().map(place -> seconds(place.age())).orElse(null),
        status.detail().orElse(null));
  }

  private static List<Snapshot.Interface> network() {
    List<Snapshot.Interface> out = new ArrayList<>();
    try {
      for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        List<String> addresses =
            one.inetAddresses()
                .filter(address -> !address.isLinkLocalAddress())
                .sorted(Comparator.comparingInt(address -> address.getAddress().length))
                .map(InetAddress::getHostAddress)
                .map(text -> text.replaceFirst("%.*", ""))
                .limit(MAX_ADDRESSES)
                .toList();
        if (one.isUp() && !one.isLoopback() && out.size() < MAX_INTERFACES) {
          out.add(new Snapshot.Interface(one.getName(), addresses));
        }
      }
    } catch (SocketException e) {
      // None are shown then; whether there is a way to the broker, its stage tells.
    }
    return out;
  }

  private static double seconds(Duration time) {
    return tenths(time.toMillis() / 1000.0);
  }

  static double tenths(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
