package org.cityedge.agent;

import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.alerts.Popups;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.agent.alerts.RuleReader;
import org.cityedge.agent.care.Lights;
import org.cityedge.agent.page.PageConfig;
import org.cityedge.agent.status.Catalog;
import org.cityedge.agent.uplink.UplinkConfig;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Section;
import org.cityedge.drivers.ButtonConfig;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Line;
import org.cityedge.drivers.CounterConfig;
import org.cityedge.drivers.InboxConfig;
import org.cityedge.drivers.LampConfig;
import org.cityedge.drivers.OutputConfig;
import org.cityedge.drivers.Plausibility;
import org.cityedge.drivers.SensorConfig;
import org.cityedge.drivers.Sensors;
import org.cityedge.drivers.position.PositionConfig;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.ModelUse;
import org.cityedge.video.evidence.EvidenceConfig;
import org.cityedge.video.model.Models;

/**
 * The whole document {@code gateway.yaml}, composed of the records that each module owns.
 *
 * @param sensors by id, in the document's order; at most 200
 * @param cameras by id, in the document's order; at most 16
 * @param inbox where sensors that sleep post to; empty when nothing listens
 * @param rules those of the document, then one for the loss of each sensor and camera that raises
 *     alarms
 * @param acceptWithin how long the centre may take to accept an alert before it is told again; zero
 *     never
 * @param outputs what alerts switch on the spot
 * @param position how the gateway knows where it is; empty when it stands where {@code location}
 *     says
 * @param evidence how pictures and clips are made and kept
 * @param page the gateway's own page
 * @param led the lamps for people on the spot
 * @param button the push button for them
 */
public record GatewayConfig(
    Identity gateway,
    UplinkConfig uplink,
    BufferConfig buffer,
    Map<String, SensorEntry> sensors,
    Map<String, CameraEntry> cameras,
    Optional<InboxConfig> inbox,
    List<Rule> rules,
    Duration acceptWithin,
    List<Outputs.Entry> outputs,
    Optional<PositionConfig> position,
    EvidenceConfig evidence,
    PageConfig page,
    Lights.Config led,
    Optional<ButtonConfig> button) {
  private static final Pattern DISTRICT = Pattern.compile("\\d{6}");

  static final int MAX_SENSORS = Sensors.MOST;
  static final int MAX_CAMERAS = 16;
  static final int MAX_RULES = 200;
  static final int MAX_OUTPUTS = 16;

  /**
   * Who the gateway is.
   *
   * @param district 6-digit division code of GB/T 2260
   * @param zone for the offsets of the times it writes
   */
  public record Identity(String id, String district, ZoneId zone, About about) {
    /** {@code urn:cityedge:510108:gw-0042}, the CloudEvents source. */
    public String urn() {
      return "urn:cityedge:" + district + ":" + id;
    }
  }

  /** A sensor and what the city knows of it. */
  public record SensorEntry(SensorConfig config, Plausibility plausibility, About about) {}

  /** A camera and what the city knows of it. */
  public record CameraEntry(CameraConfig config, About about, About.View view) {}

  /** What the run folder must hold at worst of the cameras' last seconds and of clips. */
  public long runBytes() {
    return runBytes(evidence, cameras.values());
  }

  static long runBytes(EvidenceConfig evidence, Collection<CameraEntry> cameras) {
    return evidence.runBytes(cameras.stream().map(CameraEntry::config).toList());
  }

  /**
   * Reads and checks the document; touches no hardware.
   *
   * @param data the data folder, where the store lies
   * @throws ConfigException with every problem of the document
   */
  public static GatewayConfig load(Path file, Path data) throws ConfigException {
    return ConfigLoader.load(file, root -> read(root, data));
  }

  /** What is allowed and yet should be known; a sentence each, with its cure. */
  public List<String> warnings() {
    Stream<String> ofSensors =
        sensors.values().stream()
            .map(SensorEntry::config)
            .filter(sensor -> plain(sensor) && !statedPlain(sensor))
            .map(
                sensor ->
                    "sensor "
                        + sensor.id()
                        + " speaks plain CoAP, which anybody on the way can read and forge; use"
                        + " coaps:// and security: {psk: {keyRef: NAME}}, or write security: none");
    Stream<String> ofCameras =
        cameras.values().stream()
            .map(CameraEntry::config)
            .filter(camera -> camera.source().takesAnyCertificate())
            .map(
                camera ->
                    "camera "
                        + camera.id()
                        + " takes any certificate (tls: insecure), so anybody on the way can pose"
                        + " as it and learn its password; put its certificate into the certificates"
                        + " folder and write tls: {ca: NAME}");
    Stream<String> ofRules =
        (cameras.isEmpty() ? List.<String>of() : new Popups(this).without(rules))
            .stream()
                .map(
                    rule ->
                        "rule "
                            + rule
                            + " opens no camera's window: it names none, and none is known to be"
                            + " within 200 m of its sensor; write camera: ID in the rule, or"
                            + " location: in the entries of both");
    return Stream.of(ofSensors, ofCameras, ofRules).flatMap(all -> all).toList();
  }

  /** The GPIO lines of all that has one: sensors, outputs, lamps and the button. */
  public List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    for (SensorEntry sensor : sensors.values()) {
      switch (sensor.config()) {
        case ContactConfig contact -> lines.add(contact.line());
        case CounterConfig counter -> lines.add(counter.line());
        case CoapSensorConfig _ -> {}
      }
    }
    outputs.forEach(output -> lines.add(output.config().line()));
    for (Optional<LampConfig> lamp : List.of(led.cloud(), led.fault())) {
      if (lamp.isPresent() && lamp.get() instanceof LampConfig.OnLine on) {
        lines.add(on.line());
      }
    }
    button.ifPresent(push -> lines.add(push.line()));
    return lines;
  }

  /**
   * Whether a gateway that runs with this can go on with another one while it stays open: it is the
   * same gateway, has the same store, and writes times for the same zone.
   */
  boolean canBecome(GatewayConfig next) {
    return gateway.id().equals(next.gateway.id())
        && gateway.district().equals(next.gateway.district())
        && gateway.zone().equals(next.gateway.zone())
        && buffer.equals(next.buffer)
        && evidence.originals().equals(next.evidence.originals());
  }

  /**
   * This one, while it may still be gone back from: nothing that the other keeps is lost by it. No
   * configuration may cost a stored event before it is committed (config.md §1).
   */
  GatewayConfig sparing(GatewayConfig other) {
    return new GatewayConfig(
        gateway,
        uplink,
        buffer.sparing(other.buffer),
        sensors,
        cameras,
        inbox,
        rules,
        acceptWithin,
        outputs,
        position,
        evidence.sparing(other.evidence),
        page,
        led,
        button);
  }

  /** What each sensor measures, by its id. */
  public Map<String, List<String>> quantities() {
    return sensors.values().stream()
        .map(SensorEntry::config)
        .collect(
            Collectors.toMap(
                SensorConfig::id,
                sensor -> sensor.channels().stream().map(Channel::quantity).toList()));
  }

  /** How many sensors anybody on the way can read and forge. */
  public int plainSensors() {
    return (int)
        sensors.values().stream().map(SensorEntry::config).filter(GatewayConfig::plain).count();
  }

  private static boolean plain(SensorConfig sensor) {
    return sensor instanceof CoapSensorConfig coap && coap.security() instanceof CoapSecurity.None;
  }

  private static boolean statedPlain(SensorConfig sensor) {
    return sensor instanceof CoapSensorConfig coap
        && coap.security() instanceof CoapSecurity.None none
        && none.stated();
  }

  /**
   * Reads the document's root, wherever it came from; problems are recorded in it.
   *
   * @param data as for {@link #load}
   */
  public static GatewayConfig read(Section root, Path data) {
    Identity gateway =
        root.section("gateway").map(GatewayConfig::identity).orElseGet(() -> missing(root));
    UplinkConfig uplink =
        root.section("uplink")
            .map(UplinkConfig::read)
            .orElseGet(
                () -> {
                  root.problem("uplink", "is missing; must have brokers");
                  return UplinkConfig.defaults(List.of());
                });
    BufferConfig buffer =
        root.section("buffer")
            .map(s -> BufferConfig.read(s, data))
            .orElseGet(() -> BufferConfig.defaults(data));

    Set<String> ids = new HashSet<>();
    Map<String, SensorEntry> sensors = new LinkedHashMap<>();
    for (Section s : bounded(root, "sensors", MAX_SENSORS)) {
      SensorConfig config = SensorConfig.read(s);
      unique(s, ids, config.id());
      sensors.put(
          config.id(),
          new SensorEntry(
              config,
              Plausibility.read(s, config),
              About.read(s, config.id()).placedLike(gateway.about())));
    }
    Optional<InboxConfig> inbox =
        InboxConfig.read(root, sensors.values().stream().map(SensorEntry::config).toList());
    Map<String, CameraEntry> cameras = new LinkedHashMap<>();
    Map<String, String> networks = new LinkedHashMap<>();
    for (Section s : bounded(root, "cameras", MAX_CAMERAS)) {
      CameraConfig config = CameraConfig.read(s);
      unique(s, ids, config.id());
      config.models().values().forEach(use -> network(s, networks, use));
      cameras.put(
          config.id(),
          new CameraEntry(
              config,
              About.read(s, config.id()).placedLike(gateway.about()),
              About.View.read(s, config.id())));
    }
    RuleReader reader = new RuleReader(sensors, cameras, gateway.zone());
    List<Rule> rules = new ArrayList<>();
    Set<String> ruleIds = new HashSet<>();
    for (Section s : bounded(root, "rules", MAX_RULES)) {
      reader.read(s).ifPresent(rule -> add(s, rules, rule));
      unique(s, ruleIds, s.id("id"));
    }
    List<Rule> implied = reader.implied(rules);
    rules.addAll(implied);
    implied.forEach(rule -> ruleIds.add(rule.head().id()));
    GatewayConfig config =
        new GatewayConfig(
            gateway,
            uplink,
            buffer,
            sensors,
            cameras,
            inbox,
            List.copyOf(rules),
            acceptWithin(root),
            outputs(root, ids, ruleIds),
            root.section("position").map(PositionConfig::read),
            root.section("evidence").map(EvidenceConfig::read).orElse(EvidenceConfig.DEFAULT),
            root.section("page").map(PageConfig::read).orElse(PageConfig.OFF),
            root.section("led").map(Lights.Config::read).orElse(Lights.Config.NONE),
            root.section("button").map(ButtonConfig::read));
    Set<Line> lines = new HashSet<>();
    for (Line line : config.lines()) {
      if (!lines.add(line) && line instanceof Line.Chip(Path device, int offset)) {
        root.problem("", "line %d of %s is named by two entries".formatted(offset, device));
      }
    }
    int size = Catalog.of(config).json().length;
    if (size > Catalog.MAX_BYTES) {
      root.problem(
          "sensors",
          "describe themselves in a catalogue of %d bytes, at most %d fit into one message; name fewer channels"
              .formatted(size, Catalog.MAX_BYTES));
    }
    return config;
  }

  /** One file is one network, and each is in memory. */
  private static void network(Section s, Map<String, String> known, ModelUse use) {
    String before = known.putIfAbsent(use.file(), use.sha256());
    if (before != null && !before.equals(use.sha256())) {
      s.problem("models", use.file() + " has another sha256 in an earlier entry");
    }
    if (before == null && known.size() == Models.MOST + 1) {
      s.problem("models", "all cameras must name at most " + Models.MOST + " different files");
    }
  }

  private static Duration acceptWithin(Section root) {
    Duration standard = Duration.ofMinutes(10);
    return root.section("alerts")
        .map(s -> s.duration("acceptWithin", Duration.ZERO, Duration.ofHours(24), standard))
        .orElse(standard);
  }

  /** Rules that share an incident share its alert, and so its kind. */
  private static void add(Section s, List<Rule> rules, Rule rule) {
    Rule.Head head = rule.head();
    long sharing =
        rules.stream()
            .filter(
                other ->
                    head.incident().isPresent() && head.incident().equals(other.head().incident()))
            .count();
    if (sharing == Rule.MAX_IN_INCIDENT) {
      s.problem(
          "incident",
          "\"%s\" has more than %d rules; its alert could not name them all"
              .formatted(head.incident().orElse(""), Rule.MAX_IN_INCIDENT));
    }
    for (Rule other : rules) {
      if (head.incident().isPresent()
          && head.incident().equals(other.head().incident())
          && head.kind() != other.head().kind()) {
        s.problem(
            "incident",
            "\"%s\" is of kind %s by rule \"%s\", and this rule raises %s; all rules of an incident must raise one kind (raises: …)"
                .formatted(
                    head.incident().get(),
                    other.head().kind().word(),
                    other.head().id(),
                    head.kind().word()));
        break;
      }
    }
    rules.add(rule);
  }

  /** Implied rules may be named as well: {@code cam-1.fault}, {@code pm25-1.lost}. */
  private static List<Outputs.Entry> outputs(Section root, Set<String> ids, Set<String> known) {
    List<Outputs.Entry> outputs = new ArrayList<>();
    for (Section s : bounded(root, "outputs", MAX_OUTPUTS)) {
      OutputConfig config = OutputConfig.read(s);
      unique(s, ids, config.id());
      List<String> named = s.texts("rules");
      if (named.isEmpty()) {
        s.problem("rules", "must name at least one rule whose alerts switch it on");
      }
      for (String rule : named) {
        if (!known.contains(rule)) {
          s.problem("rules", "there is no rule \"" + rule + "\"");
        }
      }
      outputs.add(new Outputs.Entry(config, Set.copyOf(named), About.read(s, config.id())));
    }
    return List.copyOf(outputs);
  }

  private static Identity identity(Section s) {
    String id = s.id("id");
    String district = s.text("district", DISTRICT, "6 digits (GB/T 2260), in quotes");
    ZoneId zone = ZoneId.of("Asia/Shanghai");
    String name = s.text("timeZone", zone.getId());
    try {
      zone = ZoneId.of(name);
    } catch (DateTimeException e) {
      s.problem("timeZone", "must be a zone such as Asia/Shanghai, was \"" + name + "\"");
    }
    return new Identity(id, district, zone, About.read(s, id));
  }

  private static Identity missing(Section root) {
    root.problem("gateway", "is missing; must have id and district");
    return new Identity(
        "unknown",
        "000000",
        ZoneId.of("Asia/Shanghai"),
        new About(
            "unknown",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            About.ShareLevel.NONE));
  }

  private static List<Section> bounded(Section root, String key, int limit) {
    List<Section> all = root.sections(key);
    if (all.size() > limit) {
      root.problem(key, "must have at most " + limit + " entries, has " + all.size());
    }
    return all;
  }

  private static void unique(Section section, Set<String> ids, String id) {
    if (!id.equals("?") && !ids.add(id)) { // "?" stands in for an id that is a problem already
      section.problem("id", "\"" + id + "\" is taken by an earlier entry");
    }
  }
}
