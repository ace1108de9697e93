package org.cityedge.agent.uplink.kura;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Fields in protobuf's wire format (protobuf.dev, "Encoding"), in the order of the calls. */
final class ProtoWriter {
  static final int VARINT = 0;
  static final int EIGHT_BYTES = 1;
  static final int LENGTH = 2;
  static final int FOUR_BYTES = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** An int64, int32, bool or enum: seven bits a byte, lowest first; a negative one takes ten. */
  ProtoWriter whole(int field, long value) {
    tag(field, VARINT);
    varint(value);
    return this;
  }

  ProtoWriter number(int field, double value) {
    tag(field, EIGHT_BYTES);
    ByteBuffer eight = ByteBuffer.allocate(Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(eight.putDouble(value).array());
    return this;
  }

  ProtoWriter number(int field, float value) {
    tag(field, FOUR_BYTES);
    ByteBuffer four = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(four.putFloat(value).array());
    return this;
  }

  ProtoWriter text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes, or a message within this one. */
  ProtoWriter bytes(int field, byte[] value) {
    tag(field, LENGTH);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  private void tag(int field, int wireType) {
    varint(((long) field << 3) | wireType);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
