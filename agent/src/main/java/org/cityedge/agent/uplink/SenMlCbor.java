package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;

/**
 * SenML records in CBOR (RFC 8428 §6): integers for SenML's own labels, texts for extensions, maps
 * and arrays of definite length. A number takes the shortest of an integer, a single and a double
 * that has exactly its value, as §6 asks. Pure.
 */
final class SenMlCbor {
  /** RFC 8428 §6, table 4, "CBOR Representation: Integers for Map Keys". */
  static final Map<String, Integer> LABELS =
      Map.ofEntries(
          Map.entry("bn", -2),
          Map.entry("bt", -3),
          Map.entry("bu", -4),
          Map.entry("bv", -5),
          Map.entry("bs", -6),
          Map.entry("bver", -1),
          Map.entry("n", 0),
          Map.entry("u", 1),
          Map.entry("v", 2),
          Map.entry("vs", 3),
          Map.entry("vb", 4),
          Map.entry("s", 5),
          Map.entry("t", 6),
          Map.entry("ut", 7),
          Map.entry("vd", 8));

  /** Beyond it, doubles are no longer whole numbers one by one (2^53). */
  private static final double MOST_WHOLE = 1L << 53;

  private static final CBORFactory CBOR =
      CBORFactory.builder().enable(CBORGenerator.Feature.WRITE_MINIMAL_DOUBLES).build();

  private SenMlCbor() {}

  /** A record, given with its JSON labels. */
  static byte[] record(ObjectNode record) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (CBORGenerator cbor = CBOR.createGenerator(out)) {
      cbor.writeStartObject(record, record.size());
      for (Map.Entry<String, JsonNode> field : record.properties()) {
        Integer label = LABELS.get(field.getKey());
        if (label == null) {
          cbor.writeFieldName(field.getKey());
        } else {
          cbor.writeFieldId(label);
        }
        write(cbor, field.getValue());
      }
      cbor.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing into memory does not fail", e);
    }
    return out.toByteArray();
  }

  /**
   * The head of an array, which the records follow (RFC 8949 §3.1, major type 4).
   *
   * @param records 1..65 535
   */
  static byte[] arrayHead(int records) {
    if (records < 24) {
      return new byte[] {(byte) (0x80 | records)};
    }
    if (records < 256) {
      return new byte[] {(byte) 0x98, (byte) records};
    }
    return new byte[] {(byte) 0x99, (byte) (records >> 8), (byte) records};
  }

  private static void write(CBORGenerator cbor, JsonNode value) throws IOException {
    if (value.isTextual()) {
      cbor.writeString(value.textValue());
    } else if (value.isBoolean()) {
      cbor.writeBoolean(value.booleanValue());
    } else {
      double number = value.doubleValue();
      if (number == Math.rint(number) && Math.abs(number) <= MOST_WHOLE && !isMinusZero(number)) {
        cbor.writeNumber((long) number);
      } else {
        cbor.writeNumber(number);
      }
    }
  }

  private static boolean isMinusZero(double number) {
    return number == 0 && Math.copySign(1, number) < 0;
  }
}
