package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlvTest {
  private static List<Tlv.Entry> parse(String digits) throws MalformedPayload {
    return Tlv.parse(HexFormat.of().parseHex(digits.replaceAll("\\s", "")));
  }

  /** LwM2M 1.0.2 §6.4.3.1, the request "Read /3/0" of the Device object, abridged. */
  @Test
  void readsTheDeviceObjectOfTheSpecification() throws MalformedPayload {
    List<Tlv.Entry> entries =
        parse(
            """
            C8 00 14 4F 70 65 6E 20 4D 6F 62 69 6C 65 20 41 6C 6C 69 61 6E 63 65
            C3 03 31 2E 30
            86 06 41 00 01 41 01 05
            88 07 08 42 00 0E D8 42 01 13 88
            C1 09 64
            C4 0D 51 82 42 8F
            """);
    assertThat(entries)
        .extracting(Tlv.Entry::path)
        .containsExactly("0", "3", "6/0", "6/1", "7/0", "7/1", "9", "13");
    assertThat(entries.get(0).text()).isEqualTo("Open Mobile Alliance");
    assertThat(entries.get(3).number(true)).hasValue(5);
    assertThat(entries.get(4).number(true)).hasValue(3800);
    assertThat(entries.get(6).number(false)).hasValue(100);
    assertThat(entries.get(7).number(true)).hasValue(1367491215);
  }

  @Test
  void readsFloatsOfBothSizes() throws MalformedPayload {
    assertThat(parse("E4 16 44 41 AC 00 00").getFirst().number(false)).hasValue(21.5);
    assertThat(parse("E8 16 44 08 40 35 80 00 00 00 00 00").getFirst())
        .satisfies(entry -> assertThat(entry.path()).isEqualTo("5700"))
        .satisfies(entry -> assertThat(entry.number(false)).hasValue(21.5));
    assertThat(parse("E4 16 44 7F C0 00 00").getFirst().number(false)).isEmpty();
    assertThat(parse("E3 16 44 00 00 00").getFirst().number(false)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "C8 00 14 4F | at byte 0 is cut off: must have 20 bytes, 1 are there",
        "E4 16 | at byte 0 is cut off: must have a whole head",
        "C1 09 64 C8 | at byte 3 is cut off: must have a whole head",
        "86 06 C1 00 01 C8 01 05 | at byte 5 is cut off: must have 5 bytes, 0 are there",
        "D8 00 FF FF FF | must have 16777215 bytes, 0 are there",
        "08 00 02 80 00 | holds no LwM2M TLV value",
        "04 00 82 00 80 00 | nested at most 3 deep",
      })
  void namesTheByteThatIsWrong(String bytes, String reason) {
    assertThatThrownBy(() -> parse(bytes))
        .isInstanceOf(MalformedPayload.class)
        .hasMessageContaining(reason);
  }
}
