package org.cityedge.agent.status;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.cityedge.agent.About;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.GatewayConfig.SensorEntry;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.agent.uplink.TelemetryPacks;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.UplinkConfig;
import org.cityedge.agent.uplink.UplinkConfig.Telemetry.Format;
import org.cityedge.config.Section;
import org.cityedge.drivers.Channel;

/**
 * The catalogue as a W3C Web of Things Thing Description 1.1, for consumers that know that and not
 * our {@code G/catalog}: one Thing per gateway, whose properties are its channels, whose actions
 * are its commands and outputs, whose events are its alerts. Forms speak the W3C's MQTT binding
 * (namespace {@code https://www.w3.org/2019/wot/mqtt#}), one for each broker. No address, protocol
 * or credential of a device is in it, and no name of a user of the broker.
 */
public final class ThingDescription {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String JOSE = "application/jose+json";

  private final GatewayConfig config;
  private final Topics topics;
  private final MqttForms forms;

  private ThingDescription(GatewayConfig config) {
    this.config = config;
    this.topics = new Topics(config.gateway().district(), config.gateway().id());
    this.forms = new MqttForms(config.uplink().brokers());
  }

  /** The document, one JSON object. */
  public static ObjectNode of(GatewayConfig config) {
    return new ThingDescription(config).document();
  }

  private ObjectNode document() {
    ObjectNode out = JSON.createObjectNode();
    ArrayNode context = out.putArray("@context").add("https://www.w3.org/2022/wot/td/v1.1");
    context
        .addObject()
        .put("@language", "zh-CN")
        .put("mqv", "https://www.w3.org/2019/wot/mqtt#")
        .put("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#")
        .put("ce", "https://city-edge.example/ns#");
    out.put("id", config.gateway().urn());
    about(out, config.gateway().about());
    out.putObject("version").put("instance", Catalog.of(config).sha256());
    security(out);
    properties(out.putObject("properties"));
    actions(out.putObject("actions"));
    events(out.putObject("events"));
    ArrayNode cameras = out.putArray("ce:cameras");
    config.cameras().values().forEach(camera -> camera(cameras.addObject(), camera));
    return out;
  }

  /** How the broker is entered; TD 1.1 §5.3.3 has no scheme of its own for TLS certificates. */
  private void security(ObjectNode out) {
    ObjectNode definitions = out.putObject("securityDefinitions");
    UplinkConfig uplink = config.uplink();
    boolean certificate = uplink.tls().flatMap(UplinkConfig.Tls::certificate).isPresent();
    String used = "open";
    if (uplink.user().isPresent()) {
      used = "password";
      definitions
          .putObject(used)
          .put("scheme", "basic")
          .put("in", "auto")
          .put("description", "User name and password of MQTT's CONNECT.");
    }
    if (certificate) {
      used = "certificate";
      definitions
          .putObject(used)
          .put("scheme", "auto")
          .put("description", "A client certificate, asked for in the TLS handshake.");
    }
    if (certificate && uplink.user().isPresent()) {
      used = "both";
      definitions
          .putObject(used)
          .put("scheme", "combo")
          .putArray("allOf")
          .add("password")
          .add("certificate");
    }
    if (definitions.isEmpty()) {
      definitions.putObject(used).put("scheme", "nosec");
    }
    out.put("security", used);
  }

  private void properties(ObjectNode out) {
    ObjectNode state = forms.observed(out, "state", topics.state(), "application/json", true);
    state.put("type", "object").put("title", "网关状态");
    String pack =
        config.uplink().telemetry().format() == Format.CBOR
            ? "application/senml+cbor"
            : "application/senml+json";
    for (SensorEntry sensor : config.sensors().values()) {
      for (Channel channel : sensor.config().channels()) {
        channel(out, pack, sensor, channel);
      }
    }
    if (config.position().isPresent()) {
      ObjectNode position =
          forms.observed(out, "position", topics.position(), "application/senml+json", false);
      position.put("type", "object").put("title", "车辆位置");
    }
  }

  /**
   * Its name is the SenML name (RFC 8428 §4.5.1) of its records, below the gateway's base name; its
   * schema is that of the record's value.
   */
  private void channel(ObjectNode out, String pack, SensorEntry sensor, Channel channel) {
    String name = sensor.config().id() + "/" + channel.quantity();
    String topic = topics.telemetry(TelemetryPacks.GROUP);
    ObjectNode property = forms.observed(out, name, topic, pack, false);
    boolean number = !channel.unit().isEmpty();
    property.put("type", number ? "number" : "boolean");
    if (number) {
      property.put("unit", channel.unit());
    }
    if (Double.isFinite(channel.min())) {
      property.put("minimum", channel.min());
    }
    if (Double.isFinite(channel.max())) {
      property.put("maximum", channel.max());
    }
    Catalog.ipso(sensor.config(), channel).ifPresent(id -> property.put("@type", ipso(id)));
    property.put("ce:quantity", channel.quantity());
    property.put("ce:periodS", sensor.config().expected().toMillis() / 1000.0);
    about(property, sensor.about());
  }

  private void actions(ObjectNode out) {
    for (String verb : new String[] {"ping", "rebirth"}) {
      ObjectNode action = forms.invoked(out, verb, topics.command(verb), "application/json");
      action.put("safe", true).put("idempotent", true);
    }
    for (Outputs.Entry output : config.outputs()) {
      String id = output.config().id();
      ObjectNode action = forms.invoked(out, id, topics.command("output-set"), JOSE);
      action.put("@type", ipso(output.config().kind().ipso())).put("safe", false);
      action.put("description", "Only as a signed command; any other is answered NOT_SIGNED.");
      ObjectNode input = action.putObject("input").put("type", "object");
      ObjectNode keys = input.putObject("properties");
      keys.putObject("id").put("type", "string").put("const", id);
      keys.putObject("on").put("type", "boolean");
      input.putArray("required").add("id").add("on");
      action.put("ce:maxOnS", output.config().maxOn().toMillis() / 1000.0);
      about(action, output.about());
    }
  }

  /** One for each kind that a rule of this gateway can raise. */
  private void events(ObjectNode out) {
    Set<Rule.Kind> kinds =
        config.rules().stream()
            .map(rule -> rule.head().kind())
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Rule.Kind.class)));
    for (Rule.Kind kind : kinds) {
      ObjectNode event = forms.subscribed(out, "alert-" + kind.word(), topics.alert(kind.word()));
      ObjectNode data = event.putObject("data").put("type", "object");
      data.put("description", "A CloudEvent 1.0 whose data is the alert's whole state.");
      ObjectNode alert = data.putObject("properties").putObject("data").put("type", "object");
      ObjectNode keys = alert.putObject("properties");
      keys.putObject("alertId").put("type", "string");
      keys.putObject("rev").put("type", "integer").put("minimum", 1);
      words(keys, "state", "raised", "updated", "cleared", "cancelled", "expired");
      keys.putObject("kind").put("type", "string").put("const", kind.word());
      words(keys, "status", "Actual", "Exercise", "Test");
      words(keys, "severity", "Extreme", "Severe", "Moderate", "Minor", "Unknown");
      words(keys, "urgency", "Immediate", "Expected", "Future", "Past", "Unknown");
      words(keys, "certainty", "Observed", "Likely", "Possible", "Unlikely", "Unknown");
      keys.putObject("headline").put("type", "string");
      keys.putObject("onset").put("type", "string").put("format", "date-time");
    }
  }

  private static void words(ObjectNode keys, String name, String... words) {
    ArrayNode allowed = keys.putObject(name).put("type", "string").putArray("enum");
    for (String word : words) {
      allowed.add(word);
    }
  }

  private static void camera(ObjectNode out, CameraEntry camera) {
    out.put("ce:id", camera.config().id());
    camera.view().gb28181().ifPresent(id -> out.put("ce:gb28181", id));
    ArrayNode detects = out.putArray("ce:detects");
    camera.config().detect().stream().map(Section::wordFor).sorted().forEach(detects::add);
    about(out, camera.about());
  }

  /** OMA's own name for an object of its registry. */
  private static String ipso(int object) {
    return "urn:oma:lwm2m:ext:" + object;
  }

  private static void about(ObjectNode out, About about) {
    out.put("title", about.name());
    about.location().ifPresent(place -> position(out.putObject("ce:position"), place));
    about.gridCode().ifPresent(code -> out.put("ce:gridCode", code));
    about.address().ifPresent(address -> out.put("ce:address", address));
    about.partCode().ifPresent(code -> out.put("ce:partCode", code));
    about.department().ifPresent(department -> out.put("ce:department", department));
    about.domain().ifPresent(domain -> out.put("ce:domain", domain));
    out.put("ce:shareLevel", Section.wordFor(about.shareLevel()));
  }

  /** A point that is not WGS-84 must not stand under words that say so. */
  private static void position(ObjectNode out, About.Location place) {
    boolean wgs84 = place.crs() == About.Crs.WGS84;
    out.put(wgs84 ? "geo:lat" : "ce:lat", place.lat());
    out.put(wgs84 ? "geo:long" : "ce:long", place.lon());
    out.put("ce:crs", place.crs().name()).put("ce:accuracyM", place.accuracyM());
  }
}
