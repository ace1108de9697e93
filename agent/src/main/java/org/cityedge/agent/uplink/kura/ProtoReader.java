package org.cityedge.agent.uplink.kura;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads one message's fields in protobuf's wire format; whatever is cut short is an IOException.
 */
final class ProtoReader {
  private final ByteBuffer in;
  private int wireType;

  ProtoReader(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The next field's number, 0 at the end. */
  int next() throws IOException {
    if (!in.hasRemaining()) {
      return 0;
    }
    long tag = varint();
    wireType = (int) (tag & 7);
    long field = tag >>> 3;
    if (field < 1 || field > 0x1FFFFFFF) {
      throw new IOException("field number must be 1..536870911, was " + field);
    }
    return (int) field;
  }

  long whole() throws IOException {
    expect(ProtoWriter.VARINT);
    return varint();
  }

  double eightBytes() throws IOException {
    expect(ProtoWriter.EIGHT_BYTES);
    need(Double.BYTES);
    return in.getDouble();
  }

  float fourBytes() throws IOException {
    expect(ProtoWriter.FOUR_BYTES);
    need(Float.BYTES);
    return in.getFloat();
  }

  String text() throws IOException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  byte[] bytes() throws IOException {
    expect(ProtoWriter.LENGTH);
    byte[] out = new byte[need(varint())];
    in.get(out);
    return out;
  }

  /** A field that nobody knows. */
  void skip() throws IOException {
    switch (wireType) {
      case ProtoWriter.VARINT -> varint();
      case ProtoWriter.EIGHT_BYTES -> in.position(in.position() + need(Double.BYTES));
      case ProtoWriter.FOUR_BYTES -> in.position(in.position() + need(Float.BYTES));
      case ProtoWriter.LENGTH -> {
        int length = need(varint());
        in.position(in.position() + length);
      }
      default -> throw new IOException("wire type must be 0, 1, 2 or 5, was " + wireType);
    }
  }

  private void expect(int wanted) throws IOException {
    if (wireType != wanted) {
      throw new IOException("wire type must be " + wanted + ", was " + wireType);
    }
  }

  private int need(long bytes) throws IOException {
    if (bytes < 0 || bytes > in.remaining()) {
      throw new IOException(bytes + " bytes are announced, " + in.remaining() + " are there");
    }
    return (int) bytes;
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      need(1);
      byte b = in.get();
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IOException("a number is longer than 10 bytes");
  }
}
