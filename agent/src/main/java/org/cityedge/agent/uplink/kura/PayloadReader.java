package org.cityedge.agent.uplink.kura;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;
import org.cityedge.agent.uplink.kura.KuraPayload.Position;
import org.jspecify.annotations.Nullable;

/**
 * Reads what somebody else has written, within bounds; fields that nobody knows are passed over.
 */
final class PayloadReader {
  /** What a compressed payload may come to (wire.md §7). */
  static final int MAX_BYTES = 1024 * 1024;

  static final int MAX_METRICS = 1000;

  private PayloadReader() {}

  static KuraPayload read(byte[] bytes) throws IOException {
    ProtoReader in = new ProtoReader(isGzip(bytes) ? inflated(bytes) : bytes);
    OptionalLong timestamp = OptionalLong.empty();
    Optional<Position> position = Optional.empty();
    Map<String, Object> metrics = new LinkedHashMap<>();
    Optional<byte[]> body = Optional.empty();
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case KuraPayload.TIMESTAMP -> timestamp = OptionalLong.of(in.whole());
        case KuraPayload.POSITION -> position = Optional.of(position(in.bytes()));
        case KuraPayload.METRIC -> metric(metrics, in.bytes());
        case KuraPayload.BODY -> body = Optional.of(in.bytes());
        default -> in.skip();
      }
    }
    return new KuraPayload(timestamp, position, metrics, body);
  }

  private static boolean isGzip(byte[] bytes) {
    return bytes.length > 1 && bytes[0] == 0x1F && bytes[1] == (byte) 0x8B;
  }

  private static byte[] inflated(byte[] bytes) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] out = in.readNBytes(MAX_BYTES + 1);
      if (out.length > MAX_BYTES) {
        throw new IOException("inflates to more than " + MAX_BYTES + " bytes");
      }
      return out;
    }
  }

  private static void metric(Map<String, Object> metrics, byte[] bytes) throws IOException {
    ProtoReader in = new ProtoReader(bytes);
    String name = null;
    long type = -1;
    Object value = null;
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> name = in.text();
        case 2 -> type = in.whole();
        case 3 -> value = in.eightBytes();
        case 4 -> value = in.fourBytes();
        case 5 -> value = in.whole();
        case 6 -> value = (int) in.whole();
        case 7 -> value = in.whole() != 0;
        case 8 -> value = in.text();
        case 9 -> value = in.bytes();
        default -> in.skip();
      }
    }
    if (name == null || type < 0 || type > 6) {
      throw new IOException("a metric must have a name and a type 0..6");
    }
    put(metrics, name, value);
  }

  /** A metric without a value says nothing; Kura itself leaves it out. */
  private static void put(Map<String, Object> metrics, String name, @Nullable Object value)
      throws IOException {
    if (value != null) {
      metrics.put(name, value);
    }
    if (metrics.size() > MAX_METRICS) {
      throw new IOException("has more than " + MAX_METRICS + " metrics");
    }
  }

  private static Position position(byte[] bytes) throws IOException {
    ProtoReader in = new ProtoReader(bytes);
    double latitude = Double.NaN;
    double longitude = Double.NaN;
    OptionalDouble precision = OptionalDouble.empty();
    OptionalDouble heading = OptionalDouble.empty();
    OptionalDouble speed = OptionalDouble.empty();
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> latitude = in.eightBytes();
        case 2 -> longitude = in.eightBytes();
        case 4 -> precision = OptionalDouble.of(in.eightBytes());
        case 5 -> heading = OptionalDouble.of(in.eightBytes());
        case 6 -> speed = OptionalDouble.of(in.eightBytes());
        default -> in.skip();
      }
    }
    if (Double.isNaN(latitude) || Double.isNaN(longitude)) {
      throw new IOException("a position must have latitude and longitude");
    }
    return new Position(latitude, longitude, precision, heading, speed);
  }
}
