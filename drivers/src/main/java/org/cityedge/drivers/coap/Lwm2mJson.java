package org.cityedge.drivers.coap;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Reads LwM2M 1.0's JSON (OMA-TS-LightweightM2M-V1_0 §6.4.4, Content-Format 11543), an early form
 * of SenML: base name and base time stand once, and a value's key tells its type.
 *
 * <pre>{@code
 * {"bn":"/3303/0/","bt":1748737800,"e":[{"n":"5700","v":21.5,"t":-30},{"n":"5500","bv":true}]}
 * /3303/0/5700  21.5  at 1748737770
 * /3303/0/5500  true  at 1748737800
 * }</pre>
 */
final class Lwm2mJson {
  private static final List<String> VALUES = List.of("v", "bv", "sv", "ov");

  /** Without a base name a path begins where the request's ended, and may be empty. */
  private static final Pattern PATH = Pattern.compile("/?|/?[0-9]{1,5}(/[0-9]{1,5}){0,3}");

  private static final double YEAR_10000 = 253_402_300_800.0;

  private Lwm2mJson() {}

  /**
   * The values in the document's order, without units, which the objects' definitions have; times
   * as {@link SenMl.Resolved} has them.
   *
   * @throws MalformedPayload on anything that the specification does not allow
   */
  static List<SenMl.Resolved> parse(byte[] payload) throws MalformedPayload {
    JsonNode document = Json.parse(payload);
    JsonNode entries = document.path("e");
    if (!entries.isArray() || entries.isEmpty()) {
      throw new MalformedPayload(
          "LwM2M JSON must be an object with a list e of at least one value");
    }
    String baseName = text(document, "bn");
    double baseTime = number(document, "bt");
    List<SenMl.Resolved> resolved = new ArrayList<>(entries.size());
    for (JsonNode entry : entries) {
      String path = baseName + text(entry, "n");
      if (!PATH.matcher(path).matches()) {
        throw wrong("bn and n", path, "must make a path of 1 to 4 numbers");
      }
      double time = baseTime + number(entry, "t");
      if (!(time > -SenMl.RELATIVE_BELOW && time < YEAR_10000)) {
        throw wrong("t", String.valueOf(time), "must be -2^28 s .. year 9999 with bt added");
      }
      resolved.add(
          new SenMl.Resolved(path, "", Optional.of(value(entry)), OptionalDouble.empty(), time));
    }
    return List.copyOf(resolved);
  }

  private static SenMl.Value value(JsonNode entry) throws MalformedPayload {
    List<String> present = VALUES.stream().filter(entry::has).toList();
    if (present.size() != 1) {
      throw wrong("e", entry.toString(), "must have one of " + VALUES + " in each value");
    }
    String key = present.getFirst();
    JsonNode value = entry.get(key);
    return switch (key) {
      case "v" -> new SenMl.Quantity(number(entry, "v"));
      case "bv" -> {
        if (!value.isBoolean()) {
          throw wrong("bv", value.toString(), "must be true or false");
        }
        yield new SenMl.Flag(value.booleanValue());
      }
      default -> new SenMl.Text(text(entry, key));
    };
  }

  private static String text(JsonNode node, String key) throws MalformedPayload {
    JsonNode value = node.get(key);
    if (value != null && !value.isTextual()) {
      throw wrong(key, value.toString(), "must be a text");
    }
    return value == null ? "" : value.textValue();
  }

  private static double number(JsonNode node, String key) throws MalformedPayload {
    JsonNode value = node.get(key);
    if (value == null) {
      return 0;
    }
    double number = Json.number(value).orElse(Double.NaN);
    if (Double.isNaN(number)) {
      throw wrong(key, value.toString(), "must be a finite number");
    }
    return number;
  }

  private static MalformedPayload wrong(String key, String was, String allowed) {
    return new MalformedPayload(
        "LwM2M JSON, " + key + ": " + allowed + ", was " + MalformedPayload.quote(was));
  }
}
