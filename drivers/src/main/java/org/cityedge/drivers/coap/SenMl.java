package org.cityedge.drivers.coap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a SenML pack in JSON (RFC 8428 §5) or CBOR (§6) and resolves its records (§4.6): base
 * fields are folded into each record and are in force until the next one of their kind.
 *
 * <pre>{@code
 * [{"bn":"urn:dev:mac:0024befffe804ff1/","bu":"Cel","n":"in","v":21.5},{"n":"out","v":4.5,"t":-2}]
 * urn:dev:mac:0024befffe804ff1/in  21.5 Cel now
 * urn:dev:mac:0024befffe804ff1/out  4.5 Cel 2 s ago
 * }</pre>
 */
final class SenMl {
  /** RFC 8428 §4.4: a pack of a higher version must not be used. */
  static final int VERSION = 10;

  /** Times below this many seconds are relative to now (RFC 8428 §4.5.3). */
  static final double RELATIVE_BELOW = 1 << 28;

  private static final double YEAR_10000 = 253_402_300_800.0;

  /** RFC 8428 §4.5.1, and LwM2M's paths, which begin with a slash (LwM2M 1.1 §7.4.4). */
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9:./_-]*|(/[0-9]{1,5}){1,4}");

  private static final Set<String> BASE = Set.of("bn", "bt", "bu", "bv", "bs", "bver");
  private static final Set<String> REGULAR =
      Set.of("n", "u", "v", "vs", "vb", "vd", "s", "t", "ut");
  private static final List<String> VALUES = List.of("v", "vs", "vb", "vd");

  /** The value of a record. */
  sealed interface Value {}

  record Quantity(double value) implements Value {}

  record Flag(boolean value) implements Value {}

  record Text(String value) implements Value {}

  record Data(byte[] value) implements Value {}

  /**
   * A resolved record.
   *
   * @param unit empty when none is stated
   * @param value empty when the record has a sum only
   * @param time seconds: from 2^28 on since 1970, below that relative to now (§4.5.3)
   */
  record Resolved(
      String name, String unit, Optional<Value> value, OptionalDouble sum, double time) {}

  // In force from the record that states them; see §4.1.
  private String baseName = "";
  private String baseUnit = "";
  private double baseTime;
  private OptionalDouble baseValue = OptionalDouble.empty();
  private OptionalDouble baseSum = OptionalDouble.empty();
  private @Nullable Integer version;

  private SenMl() {}

  /**
   * The resolved records in the pack's order; a record of base fields alone gives none.
   *
   * @throws MalformedPayload on anything that the RFC does not allow, including unknown fields
   *     whose name ends with {@code _} (§4.4)
   */
  static List<Resolved> parseJson(byte[] payload) throws MalformedPayload {
    return resolve(Json.parse(payload));
  }

  /** As {@link #parseJson}, of a pack in CBOR. */
  static List<Resolved> parseCbor(byte[] payload) throws MalformedPayload {
    return resolve(SenMlLabels.toJson(Cbor.parse(payload)));
  }

  private static List<Resolved> resolve(JsonNode pack) throws MalformedPayload {
    if (!pack.isArray() || pack.isEmpty()) {
      throw new MalformedPayload("SenML pack must be an array of at least one record");
    }
    SenMl state = new SenMl();
    List<Resolved> resolved = new ArrayList<>(pack.size());
    for (int i = 0; i < pack.size(); i++) {
      state.resolve(new Fields(i, pack.get(i))).ifPresent(resolved::add);
    }
    return List.copyOf(resolved);
  }

  private Optional<Resolved> resolve(Fields record) throws MalformedPayload {
    record.refuseUnknownMandatory();
    takeBase(record);
    record.number("ut");
    if (!record.hasRegular()) {
      return Optional.empty();
    }
    String name = baseName + record.text("n").orElse("");
    if (!NAME.matcher(name).matches()) {
      throw record.wrong(
          "n", name, "must start with a letter or digit, then A-Z a-z 0-9 - : . / _");
    }
    OptionalDouble sum = sum(record);
    Optional<Value> value = value(record);
    if (value.isEmpty() && sum.isEmpty()) {
      throw record.wrong("v", "nothing", "must have one of v, vs, vb, vd or a sum s");
    }
    double time = baseTime + record.number("t").orElse(0);
    if (!(time > -RELATIVE_BELOW && time < YEAR_10000)) {
      throw record.wrong("t", String.valueOf(time), "must be -2^28 s .. year 9999 with bt added");
    }
    String unit = record.text("u").orElse(baseUnit);
    return Optional.of(new Resolved(name, unit, value, sum, time));
  }

  private void takeBase(Fields record) throws MalformedPayload {
    baseName = record.text("bn").orElse(baseName);
    baseUnit = record.text("bu").orElse(baseUnit);
    baseTime = record.number("bt").orElse(baseTime);
    baseValue = either(record.number("bv"), baseValue);
    baseSum = either(record.number("bs"), baseSum);
    int stated = record.version().orElse(version == null ? VERSION : version);
    if (version != null && stated != version) {
      throw record.wrong("bver", String.valueOf(stated), "must be the same in the whole pack");
    }
    version = stated;
  }

  /** At most one value field; a base value alone is the value of a record without any (§4.2). */
  private Optional<Value> value(Fields record) throws MalformedPayload {
    List<String> present = VALUES.stream().filter(record::has).toList();
    if (present.size() > 1) {
      throw record.wrong(present.getLast(), "a second value", "must be the only one of " + VALUES);
    }
    if (present.isEmpty()) {
      return baseValue.isPresent() && !record.has("s")
          ? Optional.of(new Quantity(baseValue.getAsDouble()))
          : Optional.empty();
    }
    return Optional.of(
        switch (present.getFirst()) {
          case "vs" -> new Text(record.text("vs").orElse(""));
          case "vb" -> new Flag(record.flag("vb"));
          case "vd" -> new Data(record.data("vd"));
          default -> new Quantity(record.finite("v", baseValue.orElse(0)));
        });
  }

  private OptionalDouble sum(Fields record) throws MalformedPayload {
    return record.has("s") ? OptionalDouble.of(record.finite("s", baseSum.orElse(0))) : baseSum;
  }

  private static OptionalDouble either(OptionalDouble first, OptionalDouble second) {
    return first.isPresent() ? first : second;
  }

  /** The fields of one record as they are written, each read as its one allowed type (§5). */
  private record Fields(int index, JsonNode node) {
    void refuseUnknownMandatory() throws MalformedPayload {
      if (!node.isObject()) {
        throw new MalformedPayload("SenML record " + index + " must be an object");
      }
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        String key = field.getKey();
        if (key.endsWith("_")) {
          throw wrong(key, "a field that must be understood", "is unknown here");
        }
      }
    }

    boolean has(String key) {
      return node.has(key);
    }

    boolean hasRegular() {
      return REGULAR.stream().anyMatch(node::has) || BASE.stream().noneMatch(node::has);
    }

    Optional<String> text(String key) throws MalformedPayload {
      JsonNode value = node.get(key);
      if (value != null && !value.isTextual()) {
        throw wrong(key, value.toString(), "must be a text");
      }
      return Optional.ofNullable(value).map(JsonNode::textValue);
    }

    OptionalDouble number(String key) throws MalformedPayload {
      return has(key) ? OptionalDouble.of(finite(key, 0)) : OptionalDouble.empty();
    }

    /** The number at the key plus its base. */
    double finite(String key, double base) throws MalformedPayload {
      JsonNode value = node.get(key);
      double total = Json.number(value).orElse(Double.NaN) + base;
      if (!Double.isFinite(total)) {
        throw wrong(key, value.toString(), "must be a finite number");
      }
      return total;
    }

    boolean flag(String key) throws MalformedPayload {
      JsonNode value = node.get(key);
      if (!value.isBoolean()) {
        throw wrong(key, value.toString(), "must be true or false");
      }
      return value.booleanValue();
    }

    /** Octets in CBOR, base64url in JSON. */
    byte[] data(String key) throws MalformedPayload {
      if (node.get(key) instanceof BinaryNode octets) {
        return octets.binaryValue();
      }
      String text = text(key).orElse("");
      try {
        return Base64.getUrlDecoder().decode(text);
      } catch (IllegalArgumentException e) {
        throw wrong(key, text, "must be base64url without padding");
      }
    }

    Optional<Integer> version() throws MalformedPayload {
      JsonNode value = node.get("bver");
      if (value == null) {
        return Optional.empty();
      }
      double number = Json.number(value).orElse(Double.NaN);
      if (!(number >= 1 && number <= VERSION && number == Math.rint(number))) {
        throw wrong("bver", value.toString(), "must be a whole number 1.." + VERSION);
      }
      return Optional.of((int) number);
    }

    MalformedPayload wrong(String key, String value, String allowed) {
      return new MalformedPayload(
          "SenML record "
              + index
              + ", "
              + MalformedPayload.quote(key)
              + ": "
              + allowed
              + ", was "
              + MalformedPayload.quote(value));
    }
  }
}
