package org.cityedge.drivers.coap;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * LwM2M TLV (OMA LwM2M 1.0.2 §6.4.3, Content-Format 11542). Each entry is a type byte, an
 * identifier of 8 or 16 bits, a length and that many bytes; object instances and multiple resources
 * hold entries themselves.
 *
 * <pre>{@code
 * C8 00 14 4F 70 ..   bits 11 resource, 0 short id, 01 length in one byte; id 0, 20 bytes
 * E4 16 44 41 AC 00 00   bits 11 resource, 1 long id, 00 100 length 4; id 5700, the float 21.5
 * }</pre>
 */
final class Tlv {
  /** An object instance holds multiple resources, which hold resource instances. */
  private static final int DEEPEST = 3;

  private static final int OBJECT_INSTANCE = 0;
  private static final int MULTIPLE_RESOURCE = 2;

  /**
   * A value as it was sent; TLV does not say its type.
   *
   * @param path identifiers from the outermost entry on, such as {@code 5700} or {@code 0/5700}
   */
  record Entry(String path, byte[] value) {
    /** A whole number of 1, 2, 4 or 8 bytes, or a float of 4 or 8; empty for anything else. */
    OptionalDouble number(boolean integer) {
      ByteBuffer bytes = ByteBuffer.wrap(value);
      double number =
          switch (value.length) {
            case 1 -> bytes.get();
            case 2 -> bytes.getShort();
            case 4 -> integer ? bytes.getInt() : bytes.getFloat();
            case 8 -> integer ? bytes.getLong() : bytes.getDouble();
            default -> Double.NaN;
          };
      return Double.isFinite(number) ? OptionalDouble.of(number) : OptionalDouble.empty();
    }

    /** The value as text, for a flag ({@code 0} and {@code 1} are one byte) or an error. */
    String text() {
      return value.length == 1
          ? Integer.toString(value[0])
          : new String(value, StandardCharsets.UTF_8);
    }
  }

  private final ByteBuffer in;
  private final List<Entry> entries = new ArrayList<>();

  private Tlv(byte[] payload) {
    in = ByteBuffer.wrap(payload);
  }

  /**
   * The values in the payload's order; at least one.
   *
   * @throws MalformedPayload when an entry is cut off or nested where the specification has none
   */
  static List<Entry> parse(byte[] payload) throws MalformedPayload {
    Tlv tlv = new Tlv(payload);
    tlv.entries("", payload.length, 1);
    if (tlv.entries.isEmpty()) {
      throw new MalformedPayload("payload holds no LwM2M TLV value");
    }
    return List.copyOf(tlv.entries);
  }

  private void entries(String parent, int end, int depth) throws MalformedPayload {
    while (in.position() < end) {
      int start = in.position();
      int head = number(1, end, start);
      int id = number((head & 0x20) == 0 ? 1 : 2, end, start);
      int sizeBytes = (head >> 3) & 3;
      int length = sizeBytes == 0 ? head & 7 : number(sizeBytes, end, start);
      if (length > end - in.position()) {
        throw cutOff(start, length + " bytes, " + (end - in.position()) + " are there");
      }
      String path = parent + id;
      int type = head >> 6;
      if (type == OBJECT_INSTANCE || type == MULTIPLE_RESOURCE) {
        if (depth == DEEPEST) {
          throw new MalformedPayload(
              "LwM2M TLV at byte " + start + ": must be nested at most " + DEEPEST + " deep");
        }
        entries(path + "/", in.position() + length, depth + 1);
      } else {
        byte[] value = new byte[length];
        in.get(value);
        entries.add(new Entry(path, value));
      }
    }
  }

  /** An unsigned number of 1 to 3 bytes, in network order. */
  private int number(int bytes, int end, int start) throws MalformedPayload {
    if (bytes > end - in.position()) {
      throw cutOff(start, "a whole head");
    }
    int number = 0;
    for (int i = 0; i < bytes; i++) {
      number = (number << 8) | (in.get() & 0xFF);
    }
    return number;
  }

  private static MalformedPayload cutOff(int start, String wanted) {
    return new MalformedPayload("LwM2M TLV at byte " + start + " is cut off: must have " + wanted);
  }
}
