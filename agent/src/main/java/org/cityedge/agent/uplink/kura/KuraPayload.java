package org.cityedge.agent.uplink.kura;

import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One message of Kura (src/main/proto/kurapayload.proto).
 *
 * @param timestamp milliseconds since 1970
 * @param metrics by name, in order; each a Double, Float, Long, Integer, Boolean, String or byte[]
 * @param body anything
 */
public record KuraPayload(
    OptionalLong timestamp,
    Optional<Position> position,
    Map<String, Object> metrics,
    Optional<byte[]> body) {
  static final int TIMESTAMP = 1;
  static final int POSITION = 2;
  static final int METRIC = 5000;
  static final int BODY = 5001;

  /** Of a metric: its value's field is {@value #FIRST_VALUE} and its type's number. */
  static final int FIRST_VALUE = 3;

  /**
   * Where it was said; WGS-84.
   *
   * @param precision metres
   * @param heading degrees from true north
   * @param speed metres per second
   */
  public record Position(
      double latitude,
      double longitude,
      OptionalDouble precision,
      OptionalDouble heading,
      OptionalDouble speed) {
    private byte[] encode() {
      ProtoWriter out = new ProtoWriter().number(1, latitude).number(2, longitude);
      precision.ifPresent(metres -> out.number(4, metres));
      heading.ifPresent(degrees -> out.number(5, degrees));
      speed.ifPresent(metresPerSecond -> out.number(6, metresPerSecond));
      return out.bytes();
    }
  }

  public KuraPayload {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /** Of metrics alone. */
  public static KuraPayload of(Map<String, Object> metrics) {
    return new KuraPayload(OptionalLong.empty(), Optional.empty(), metrics, Optional.empty());
  }

  /**
   * @throws IOException when the bytes are none, compressed or not; the text says what is wrong
   */
  public static KuraPayload decode(byte[] bytes) throws IOException {
    return PayloadReader.read(bytes);
  }

  /** A metric that is a text; empty when there is none of that name or it is none. */
  public Optional<String> text(String name) {
    return metrics.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** The bytes as they travel, not compressed. */
  public byte[] encode() {
    ProtoWriter out = new ProtoWriter();
    timestamp.ifPresent(millis -> out.whole(TIMESTAMP, millis));
    position.ifPresent(place -> out.bytes(POSITION, place.encode()));
    metrics.forEach((name, value) -> out.bytes(METRIC, metric(name, value)));
    body.ifPresent(content -> out.bytes(BODY, content));
    return out.bytes();
  }

  private static byte[] metric(String name, Object value) {
    ProtoWriter out = new ProtoWriter().text(1, name);
    return switch (value) {
      case Double v -> out.whole(2, 0).number(FIRST_VALUE, v).bytes();
      case Float v -> out.whole(2, 1).number(FIRST_VALUE + 1, v).bytes();
      case Long v -> out.whole(2, 2).whole(FIRST_VALUE + 2, v).bytes();
      case Integer v -> out.whole(2, 3).whole(FIRST_VALUE + 3, v).bytes();
      case Boolean v -> out.whole(2, 4).whole(FIRST_VALUE + 4, v ? 1 : 0).bytes();
      case String v -> out.whole(2, 5).text(FIRST_VALUE + 5, v).bytes();
      case byte[] v -> out.whole(2, 6).bytes(FIRST_VALUE + 6, v).bytes();
      default ->
          throw new IllegalArgumentException(
              "metric " + name + " must be of one of Kura's seven types, was " + value.getClass());
    };
  }
}
