package org.cityedge.agent.uplink.kura;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bytes worked out by hand from protobuf's wire format and the field numbers of wire.md §7; protoc
 * 3.21.12 --decode reads the whole payload as it is meant.
 */
class KuraPayloadTest {
  private static final String TIMESTAMP = "08 AC 02"; // 300 = 0x2C + 2 * 0x80
  private static final String POSITION =
      "12 12" // 18 bytes
          + " 09 00 00 00 00 00 80 3E 40" // 30.5
          + " 11 00 00 00 00 00 10 5A 40"; // 104.25
  private static final String DOUBLE =
      "C2 B8 02 0E 0A 01 64 10 00 19 00 00 00 00 00 80 38 40"; // "d" 24.5
  private static final String FLOAT = "C2 B8 02 0A 0A 01 66 10 01 25 00 00 C0 3F"; // "f" 1.5
  private static final String LONG =
      "C2 B8 02 10 0A 01 6C 10 02 28 FF FF FF FF FF FF FF FF FF 01"; // "l" -1
  private static final String INT = "C2 B8 02 08 0A 01 69 10 03 30 90 03"; // "i" 400
  private static final String BOOL = "C2 B8 02 07 0A 01 62 10 04 38 01"; // "b" true
  private static final String STRING = "C2 B8 02 0A 0A 01 73 10 05 42 03 E7 83 9F"; // "s" 烟
  private static final String BYTES = "C2 B8 02 09 0A 01 78 10 06 4A 02 01 02"; // "x"
  private static final String BODY = "CA B8 02 02 6F 6B"; // ok
  private static final String WHOLE =
      String.join(" ", TIMESTAMP, POSITION, DOUBLE, FLOAT, LONG, INT, BOOL, STRING, BYTES, BODY);

  private static KuraPayload payload() {
    Map<String, Object> metrics = new LinkedHashMap<>();
    metrics.put("d", 24.5);
    metrics.put("f", 1.5f);
    metrics.put("l", -1L);
    metrics.put("i", 400);
    metrics.put("b", true);
    metrics.put("s", "烟");
    metrics.put("x", new byte[] {1, 2});
    return new KuraPayload(
        OptionalLong.of(300),
        Optional.of(
            new KuraPayload.Position(
                30.5,
                104.25,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty())),
        metrics,
        Optional.of("ok".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void writesTheBytesOfTheWireFormat() {
    assertThat(hex(payload().encode())).isEqualTo(WHOLE);
  }

  @ParameterizedTest
  @CsvSource({"true, 01", "false, 00"})
  void writesBothFlags(boolean flag, String last) {
    assertThat(hex(KuraPayload.of(Map.of("b", flag)).encode()))
        .isEqualTo("C2 B8 02 07 0A 01 62 10 04 38 " + last);
  }

  @Test
  void writesAnIntegerBelowZeroInTenBytes() {
    assertThat(hex(KuraPayload.of(Map.of("i", -1)).encode()))
        .isEqualTo("C2 B8 02 10 0A 01 69 10 03 30 FF FF FF FF FF FF FF FF FF 01");
  }

  @Test
  void readsWhatItWrites() throws Exception {
    KuraPayload read = KuraPayload.decode(bytes(WHOLE));
    assertThat(read.timestamp()).hasValue(300);
    assertThat(read.position()).isEqualTo(payload().position());
    assertThat(read.metrics()).containsOnlyKeys("d", "f", "l", "i", "b", "s", "x");
    assertThat(read.metrics().get("l")).isEqualTo(-1L);
    assertThat(read.metrics().get("i")).isEqualTo(400);
    assertThat(hex(read.encode())).isEqualTo(WHOLE);
  }

  @Test
  void passesOverWhatItDoesNotKnow() throws Exception {
    // Extensions 3 (varint), 4 (8 bytes), 5 (length) and 6 (4 bytes) before the body.
    String strange = "18 01 21 00 00 00 00 00 00 00 00 2A 01 FF 35 00 00 00 00 ";
    assertThat(KuraPayload.decode(bytes(strange + BODY)).body())
        .hasValueSatisfying(body -> assertThat(body).containsExactly('o', 'k'));
  }

  @Test
  void readsWhatIsCompressed() throws Exception {
    assertThat(KuraPayload.decode(gzip(bytes(WHOLE))).timestamp()).hasValue(300);
  }

  @Test
  void readsNoBomb() throws Exception {
    byte[] bomb = gzip(new byte[1024 * 1024 + 1]);
    assertThat(bomb.length).isLessThan(2000);
    assertThatThrownBy(() -> KuraPayload.decode(bomb))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("inflates to more than");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08", // a tag and no number
        "08 FF FF FF FF FF FF FF FF FF FF 01", // a number that does not end
        "CA B8 02 05 6F", // fewer bytes than announced
        "CA B8 02 FF FF FF FF FF FF FF FF FF 01", // a length below zero
        "0A 01 00", // the timestamp as a text
        "C2 B8 02 02 10 05", // a metric without a name
        "C2 B8 02 03 0A 01 62", // a metric without a type
        "12 09 09 00 00 00 00 00 80 3E 40", // a latitude alone
        "1F 8B 00", // says that it is compressed
        "0B", // a group
        "7B 7D" // JSON
      })
  void refusesWhatIsNone(String hex) {
    assertThatThrownBy(() -> KuraPayload.decode(bytes(hex))).isInstanceOf(IOException.class);
  }

  @Test
  void refusesEveryCutOfAWholeOneButAtAFieldsEnd() {
    byte[] whole = bytes(WHOLE);
    int refused = 0;
    for (int length = 1; length < whole.length; length++) {
      try {
        KuraPayload.decode(Arrays.copyOf(whole, length));
      } catch (IOException e) {
        refused++;
      }
    }
    assertThat(refused).isEqualTo(whole.length - 1 - 9); // ten fields, of which nine end before
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.ofDelimiter(" ").withUpperCase().formatHex(bytes);
  }
}
