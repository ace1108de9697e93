package org.cityedge.drivers.position;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Fault;
import org.jspecify.annotations.Nullable;

/** Reports of gpsd, protocol 3: VERSION, DEVICES, DEVICE, TPV, SKY, ERROR (gpsd_json(5)). */
final class GpsdDecoder implements Decoder {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int PROTOCOL = 3;

  /** TPV's {@code status} of a receiver that makes its positions up. */
  private static final int SIMULATED = 8;

  private final Optional<String> device;
  private final boolean simulated;
  private final Clocks clocks;
  private int used = -1;
  private long malformed;

  /**
   * @param device whose reports count; those of all when empty
   */
  GpsdDecoder(Optional<String> device, boolean simulated, Clocks clocks) {
    this.device = device;
    this.simulated = simulated;
    this.clocks = clocks;
  }

  /** The request that begins the reports (gpsd_json(5), ?WATCH). */
  static String watch(Optional<String> device) {
    String only = device.map(d -> ",\"device\":\"" + d + "\"").orElse("");
    return "?WATCH={\"enable\":true,\"json\":true" + only + "};\n";
  }

  @Override
  public long malformed() {
    return malformed;
  }

  @Override
  public @Nullable Report decode(String line, long nanos) {
    JsonNode report;
    try {
      report = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      malformed++;
      return null;
    }
    return switch (report.path("class").asText()) {
      case "VERSION" -> version(report, nanos);
      case "DEVICES" -> devices(report.path("devices"), nanos);
      case "DEVICE" ->
          isOurs(report.path("path")) && report.path("activated").asText("0").equals("0")
              ? new Report.NoFix("gpsd has lost " + report.path("path").asText("a receiver"), nanos)
              : null;
      case "TPV" -> isOurs(report.path("device")) ? timePositionVelocity(report, nanos) : null;
      case "SKY" -> {
        if (isOurs(report.path("device"))) {
          sky(report);
        }
        yield null;
      }
      case "ERROR" ->
          down(Fault.Kind.REFUSED, "gpsd says: " + cut(report.path("message").asText()), nanos);
      case "" -> {
        malformed++;
        yield null;
      }
      default -> null;
    };
  }

  private boolean isOurs(JsonNode path) {
    return device.isEmpty() || device.get().equals(path.asText());
  }

  private static @Nullable Report version(JsonNode report, long nanos) {
    int major = report.path("proto_major").asInt();
    return major == PROTOCOL
        ? null
        : down(
            Fault.Kind.REFUSED,
            "gpsd must speak protocol " + PROTOCOL + ", speaks " + major,
            nanos);
  }

  private @Nullable Report devices(JsonNode devices, long nanos) {
    for (JsonNode found : devices) {
      if (isOurs(found.path("path"))) {
        return null;
      }
    }
    return new Report.NoFix(
        "gpsd has no receiver" + device.map(d -> " " + d).orElse("") + "; is it plugged in?",
        nanos);
  }

  private Report timePositionVelocity(JsonNode tpv, long nanos) {
    OptionalDouble lat = number(tpv, "lat", 90);
    OptionalDouble lon = number(tpv, "lon", 180);
    if (tpv.path("mode").asInt() < 2 || lat.isEmpty() || lon.isEmpty()) {
      String seen = used < 0 ? "" : ", satellites used " + used;
      return new Report.NoFix("the receiver has no fix" + seen, nanos);
    }
    return new Report.Fix(
        lat.getAsDouble(),
        lon.getAsDouble(),
        accuracy(tpv),
        number(tpv, "speed", 1e4),
        Report.Fix.heading(number(tpv, "track", 360)),
        clocks.at(nanos),
        nanos,
        simulated || tpv.path("status").asInt() == SIMULATED);
  }

  /** {@code eph} is for both axes; before release 3.19 there are only the two apart. */
  private static OptionalDouble accuracy(JsonNode tpv) {
    OptionalDouble both = number(tpv, "eph", 1e5);
    OptionalDouble x = number(tpv, "epx", 1e5);
    OptionalDouble y = number(tpv, "epy", 1e5);
    return both.isPresent() || x.isEmpty() || y.isEmpty()
        ? both
        : OptionalDouble.of(Math.hypot(x.getAsDouble(), y.getAsDouble()));
  }

  /** Since release 3.20 the count is given; before, each satellite tells. */
  private void sky(JsonNode sky) {
    JsonNode satellites = sky.path("satellites");
    if (sky.path("uSat").isInt()) {
      used = sky.path("uSat").asInt();
    } else if (satellites.isArray()) {
      used = 0;
      for (JsonNode satellite : satellites) {
        used += satellite.path("used").asBoolean() ? 1 : 0;
      }
    }
  }

  private static OptionalDouble number(JsonNode report, String key, double most) {
    JsonNode node = report.path(key);
    return node.isNumber() && Math.abs(node.asDouble()) <= most
        ? OptionalDouble.of(node.asDouble())
        : OptionalDouble.empty();
  }

  private static Report.Down down(Fault.Kind kind, String detail, long nanos) {
    return new Report.Down(new Fault(kind, detail), nanos);
  }

  private static String cut(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80);
  }
}
