package org.cityedge.drivers.coap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** A SenML pack in CBOR with the labels of JSON (RFC 8428 §6, table 4). */
final class SenMlLabels {
  /** Integers as {@link Cbor} gives them. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("-1", "bver"),
          Map.entry("-2", "bn"),
          Map.entry("-3", "bt"),
          Map.entry("-4", "bu"),
          Map.entry("-5", "bv"),
          Map.entry("-6", "bs"),
          Map.entry("0", "n"),
          Map.entry("1", "u"),
          Map.entry("2", "v"),
          Map.entry("3", "vs"),
          Map.entry("4", "vb"),
          Map.entry("5", "s"),
          Map.entry("6", "t"),
          Map.entry("7", "ut"),
          Map.entry("8", "vd"));

  private SenMlLabels() {}

  /**
   * @throws MalformedPayload on a text that SenML has an integer for, and on another integer: the
   *     table is conclusive (§6)
   */
  static JsonNode toJson(JsonNode pack) throws MalformedPayload {
    if (!pack.isArray()) {
      return pack;
    }
    ArrayNode renamed = JsonNodeFactory.instance.arrayNode(pack.size());
    for (int i = 0; i < pack.size(); i++) {
      renamed.add(pack.get(i) instanceof ObjectNode record ? record(i, record) : pack.get(i));
    }
    return renamed;
  }

  private static ObjectNode record(int index, ObjectNode record) throws MalformedPayload {
    ObjectNode renamed = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> field : record.properties()) {
      String label = field.getKey();
      String name = NAMES.get(label);
      if (name == null && (NAMES.containsValue(label) || label.matches("-?[0-9]+"))) {
        throw new MalformedPayload(
            "SenML record "
                + index
                + ": labels must be the integers -6..8 or texts of extensions, was "
                + MalformedPayload.quote(label));
      }
      // In JSON octets are base64 in a text; in CBOR a text is not octets.
      if ("vd".equals(name) && !field.getValue().isBinary()) {
        throw new MalformedPayload("SenML record " + index + ", \"vd\": must be a byte string");
      }
      renamed.set(name == null ? label : name, field.getValue());
    }
    return renamed;
  }
}
