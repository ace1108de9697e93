package org.cityedge.agent.status;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;
import org.cityedge.agent.About;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.GatewayConfig.SensorEntry;
import org.cityedge.agent.Version;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.config.Section;
import org.cityedge.config.Sha256;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.CounterConfig;
import org.cityedge.drivers.SensorConfig;
import org.cityedge.video.Zone;

/**
 * The gateway's entry in the city's resource catalogue: what each channel measures, what each
 * output is and where, whatever device does it (requirements.md R24, R33). No address, protocol or
 * credential of a device is in it.
 *
 * @param json the document, its own hash included
 * @param sha256 of the document without that hash, 64 lower-case hex digits
 */
public record Catalog(byte[] json, String sha256) {
  /** What {@code G/catalog} holds (wire.md §2). */
  public static final int MAX_BYTES = 64 * 1024;

  /** Object id of the OMA LwM2M registry (IPSO Smart Objects, Starter Pack 1.0). */
  private static final int DIGITAL_INPUT = 3200;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  public static Catalog of(GatewayConfig config) {
    ObjectNode content = JSON.createObjectNode();
    ObjectNode gateway = content.putObject("gateway");
    gateway.put("id", config.gateway().id()).put("district", config.gateway().district());
    gateway.put("version", Version.agent());
    about(gateway, config.gateway().about());
    ArrayNode sensors = content.putArray("sensors");
    for (SensorEntry sensor : config.sensors().values()) {
      for (Channel channel : sensor.config().channels()) {
        channel(sensors.addObject(), sensor, channel);
      }
    }
    ArrayNode cameras = content.putArray("cameras");
    for (CameraEntry camera : config.cameras().values()) {
      camera(cameras.addObject(), camera);
    }
    if (!config.outputs().isEmpty()) {
      ArrayNode outputs = content.putArray("outputs");
      config.outputs().forEach(output -> output(outputs.addObject(), output));
    }
    String hash = Sha256.hex(content.toString().getBytes(StandardCharsets.UTF_8));
    ObjectNode root = JSON.createObjectNode().put("hash", hash);
    root.setAll(content);
    return new Catalog(root.toString().getBytes(StandardCharsets.UTF_8), hash);
  }

  private static void channel(ObjectNode out, SensorEntry sensor, Channel channel) {
    out.put("id", sensor.config().id() + "/" + channel.quantity());
    out.put("sensor", sensor.config().id()).put("quantity", channel.quantity());
    out.put("value", channel.unit().isEmpty() ? "flag" : "number");
    if (!channel.unit().isEmpty()) {
      out.put("unit", channel.unit());
    }
    ipso(sensor.config(), channel).ifPresent(id -> out.put("ipso", id));
    if (Double.isFinite(channel.min()) || Double.isFinite(channel.max())) {
      ObjectNode range = out.putObject("range");
      if (Double.isFinite(channel.min())) {
        range.put("min", channel.min());
      }
      if (Double.isFinite(channel.max())) {
        range.put("max", channel.max());
      }
    }
    out.put("periodS", seconds(sensor.config().expected()));
    Duration stuckAfter = sensor.plausibility().stuckAfter().get(channel.quantity());
    if (stuckAfter != null) {
      out.put("stuckAfterS", seconds(stuckAfter));
    }
    if (!sensor.plausibility().warmUp().isZero()) {
      out.put("warmUpS", seconds(sensor.plausibility().warmUp()));
    }
    about(out, sensor.about());
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  /** State (resource 5500) of a contact, counter (5501) of a pulse counter. */
  static OptionalInt ipso(SensorConfig sensor, Channel channel) {
    boolean digitalInput =
        sensor instanceof ContactConfig
            || (sensor instanceof CounterConfig c && c.quantity().equals(channel.quantity()));
    return digitalInput ? OptionalInt.of(DIGITAL_INPUT) : OptionalInt.empty();
  }

  private static void output(ObjectNode out, Outputs.Entry output) {
    out.put("id", output.config().id()).put("ipso", output.config().kind().ipso());
    out.put("maxOnS", seconds(output.config().maxOn()));
    about(out, output.about());
  }

  private static void camera(ObjectNode out, CameraEntry camera) {
    out.put("id", camera.config().id());
    camera.view().gb28181().ifPresent(id -> out.put("gb28181", id));
    camera.view().preset().ifPresent(preset -> out.put("preset", preset));
    ArrayNode detects = out.putArray("detects");
    camera.config().detect().stream().map(Section::wordFor).sorted().forEach(detects::add);
    ArrayNode zones = out.putArray("zones");
    for (Zone zone : camera.config().zones()) {
      ArrayNode polygon = zones.addObject().put("id", zone.id()).putArray("polygon");
      zone.polygon().forEach(p -> polygon.addArray().add(p.x()).add(p.y()));
    }
    out.put("framesPerSecond", camera.config().rate()).put("masked", true);
    ArrayNode near = out.putArray("near");
    camera.view().near().forEach(near::add);
    about(out, camera.about());
  }

  private static void about(ObjectNode out, About about) {
    out.put("name", about.name());
    about
        .location()
        .ifPresent(
            l ->
                out.putObject("position")
                    .put("lat", l.lat())
                    .put("lon", l.lon())
                    .put("crs", l.crs().name())
                    .put("accuracyM", l.accuracyM()));
    about.gridCode().ifPresent(code -> out.put("gridCode", code));
    about.address().ifPresent(address -> out.put("address", address));
    about.partCode().ifPresent(code -> out.put("partCode", code));
    about.department().ifPresent(department -> out.put("department", department));
    about.domain().ifPresent(domain -> out.put("domain", domain));
    out.put("shareLevel", about.shareLevel().name().toLowerCase(Locale.ROOT));
  }
}
