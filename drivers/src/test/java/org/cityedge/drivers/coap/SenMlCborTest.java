package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.drivers.coap.SenMl.Resolved;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 8428 §6. */
class SenMlCborTest {
  private static List<Resolved> parse(String digits) throws MalformedPayload {
    return SenMl.parseCbor(HexFormat.of().parseHex(digits.replaceAll("\\s", "")));
  }

  /** The RFC's own example, byte for byte. */
  @Test
  void readsTheExampleOfTheRfc() throws MalformedPayload {
    List<Resolved> records =
        parse(
            """
            87 a7 21 78 1b 75 72 6e  3a 64 65 76 3a 6f 77 3a
            31 30 65 32 30 37 33 61  30 31 30 38 30 30 36 3a
            22 fb 41 d3 03 a1 5b 00  10 62 23 61 41 20 05 00
            67 76 6f 6c 74 61 67 65  01 61 56 02 fb 40 5e 06
            66 66 66 66 66 a3 00 67  63 75 72 72 65 6e 74 06
            24 02 fb 3f f3 33 33 33  33 33 33 a3 00 67 63 75
            72 72 65 6e 74 06 23 02  fb 3f f4 cc cc cc cc cc
            cd a3 00 67 63 75 72 72  65 6e 74 06 22 02 fb 3f
            f6 66 66 66 66 66 66 a3  00 67 63 75 72 72 65 6e
            74 06 21 02 f9 3e 00 a3  00 67 63 75 72 72 65 6e
            74 06 20 02 fb 3f f9 99  99 99 99 99 9a a3 00 67
            63 75 72 72 65 6e 74 06  00 02 fb 3f fb 33 33 33
            33 33 33
            """);
    assertThat(records).hasSize(7);
    assertThat(records.getFirst())
        .isEqualTo(
            new Resolved(
                "urn:dev:ow:10e2073a0108006:voltage",
                "V",
                Optional.of(new SenMl.Quantity(120.1)),
                OptionalDouble.empty(),
                1276020076.001));
    assertThat(records.get(4).value()).contains(new SenMl.Quantity(1.5));
    assertThat(records.get(4).time()).isCloseTo(1276020074.001, within(1e-6));
    assertThat(records.getLast().unit()).isEqualTo("A");
  }

  @Test
  void foldsEveryBaseField() throws MalformedPayload {
    // [{bn: "a/", bu: "W", bt: -10, bv: 2, bs: 100, n: "p", v: 3, s: 7, t: 4, ut: 9}, {n: "q"}]
    assertThat(
            parse(
                "82 aa 21 62 612f 23 61 57 22 29 24 02 25 18 64 00 61 70 02 03 05 07 06 04 07 09"
                    + "a1 00 61 71"))
        .containsExactly(
            new Resolved(
                "a/p", "W", Optional.of(new SenMl.Quantity(5)), OptionalDouble.of(107), -6),
            new Resolved(
                "a/q", "W", Optional.of(new SenMl.Quantity(2)), OptionalDouble.of(100), -10));
  }

  @Test
  void readsFlagsTextsAndOctets() throws MalformedPayload {
    assertThat(parse("83 a2 00 61 61 04 f5 a2 00 61 62 03 61 78 a2 00 61 63 08 42 01 02"))
        .extracting(record -> record.value().orElseThrow())
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo(new SenMl.Flag(true)),
            second -> assertThat(second).isEqualTo(new SenMl.Text("x")),
            third -> assertThat(((SenMl.Data) third).value()).containsExactly((byte) 1, (byte) 2));
  }

  @Test
  void passesOverExtensionsThatNeedNotBeUnderstood() throws MalformedPayload {
    assertThat(parse("81 a3 00 61 61 02 01 63 666f6f 05")).hasSize(1);
    assertThatThrownBy(() -> parse("81 a3 00 61 61 02 01 62 785f 05"))
        .hasMessageContaining("a field that must be understood");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "81 a2 00 61 61 61 76 01 | labels must be the integers -6..8",
        "81 a2 00 61 61 09 01 | labels must be the integers -6..8",
        "81 a2 00 61 61 26 01 | labels must be the integers -6..8",
        "81 a2 00 61 61 08 61 78 | must be a byte string",
        "81 a2 00 41 61 02 01 | must be a text",
        "81 a2 00 61 61 02 f97e00 | must be a finite number",
        "81 a2 00 61 61 02 f97c00 | must be a finite number",
        "81 a2 00 61 61 02 f7 | must be a finite number",
        "81 a2 00 61 61 04 01 | must be true or false",
        "81 a3 00 61 61 20 0b 02 01 | must be a whole number 1..10",
        "81 a2 00 62 2f 61 02 01 | must start with a letter or digit",
        "80 | must be an array of at least one record",
        "a2 00 61 61 02 01 | must be an array of at least one record",
        "81 01 | must be an object",
        "81 a2 00 61 61 02 | payload is not one CBOR data item",
      })
  void refusesWhatTheRfcDoesNotAllow(String bytes, String reason) {
    assertThatThrownBy(() -> parse(bytes))
        .isInstanceOf(MalformedPayload.class)
        .hasMessageContaining(reason);
  }
}
