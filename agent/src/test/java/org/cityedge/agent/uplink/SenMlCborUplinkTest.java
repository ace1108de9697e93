package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected bytes are worked out by hand from RFC 8949 §3 and RFC 8428 §6, table 4. */
class SenMlCborUplinkTest {
  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) CloudEvents.JSON.readTree(text);
  }

  private static String hex(String record) throws IOException {
    return HexFormat.of().formatHex(SenMlCbor.record(json(record)));
  }

  @Test
  void writesTheRecordOfTheRfcsOwnExample() throws IOException {
    // RFC 8428 §6, the dump of §5.1.2's pack: {"n":"current","t":-4,"v":1.3}
    assertThat(hex("{\"n\":\"current\",\"t\":-4,\"v\":1.3}"))
        .isEqualTo("a3" + "00" + "6763757272656e74" + "06" + "23" + "02" + "fb3ff4cccccccccccd");
  }

  @Test
  void writesEveryFieldOfARecordOfOurs() throws IOException {
    assertThat(
            hex(
                "{\"bn\":\"urn:x:\",\"bt\":1748737800,\"bver\":10,\"n\":\"p/q\","
                    + "\"u\":\"Cel\",\"v\":24.5,\"t\":-12.500,\"quality\":\"sim\"}"))
        .isEqualTo(
            "a8"
                + "21" // bn -2
                + "6675726e3a783a" // text of 6
                + "22" // bt -3
                + "1a683b9f08" // 1748737800
                + "20" // bver -1
                + "0a"
                + "00" // n
                + "63702f71"
                + "01" // u
                + "6343656c"
                + "02" // v
                + "fa41c40000" // 24.5 as a single
                + "06" // t
                + "fac1480000" // -12.5 as a single
                + "677175616c697479" // an extension keeps its text
                + "6373696d");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "-0.0, fa80000000",
    "23, 17",
    "24.0, 1818",
    "-1, 20",
    "-500, 3901f3",
    "37.2, fb404299999999999a",
    "0.5, fa3f000000",
    "1748737800.345, fb41da0ee7c216147b",
    "9007199254740992, 1b0020000000000000",
    "1e300, fb7e37e43c8800759c",
  })
  void writesANumberAsTheShortestThatIsExactlyIt(String number, String bytes) throws IOException {
    assertThat(hex("{\"v\":" + number + "}")).isEqualTo("a102" + bytes);
  }

  @Test
  void writesFlags() throws IOException {
    assertThat(hex("{\"vb\":true}")).isEqualTo("a104f5");
    assertThat(hex("{\"vb\":false}")).isEqualTo("a104f4");
  }

  @ParameterizedTest
  @CsvSource({"1, 81", "23, 97", "24, 9818", "255, 98ff", "256, 990100", "1000, 9903e8"})
  void writesTheHeadOfAnArray(int records, String bytes) {
    assertThat(HexFormat.of().formatHex(SenMlCbor.arrayHead(records))).isEqualTo(bytes);
  }

  @Test
  void aReceiverReadsBackWhatTheJsonSays() throws IOException {
    ByteArrayOutputStream pack = new ByteArrayOutputStream();
    pack.writeBytes(SenMlCbor.arrayHead(2));
    String first = "{\"bn\":\"urn:x:\",\"bt\":1748737800,\"bver\":10,\"n\":\"温度/q\",\"v\":37.2}";
    String second = "{\"n\":\"a/b\",\"vb\":false,\"t\":-3,\"quality\":\"stale\"}";
    pack.writeBytes(SenMlCbor.record(json(first)));
    pack.writeBytes(SenMlCbor.record(json(second)));
    JsonNode read = SenMlReader.read("application/senml+cbor", pack.toByteArray());
    assertThat(read.toString()).isEqualTo("[" + first + "," + second + "]");
  }
}
