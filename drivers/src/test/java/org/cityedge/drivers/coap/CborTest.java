package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 8949, appendix A for what is read, §5.3 and appendix F for what is not. */
class CborTest {
  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @ParameterizedTest
  @CsvSource({
    "00, 0",
    "1818, 24",
    "1903e8, 1000",
    "1a000f4240, 1000000",
    "1b000000e8d4a51000, 1e12",
    "1bffffffffffffffff, 18446744073709551615",
    "20, -1",
    "3903e7, -1000",
    "3bffffffffffffffff, -18446744073709551616",
    "f90001, 5.960464477539063e-8",
    "f90400, 0.00006103515625",
    "f93c00, 1",
    "f97bff, 65504",
    "f9c400, -4",
    "fa47c35000, 100000",
    "fb3ff199999999999a, 1.1",
    "c48221196ab3, 273.15",
    "c249010000000000000000, 18446744073709551616",
    "c349010000000000000000, -18446744073709551617",
    "c11a514b67b0, 1363896240",
    "d9d9f735, -22",
  })
  void readsNumbers(String bytes, double expected) throws MalformedPayload {
    assertThat(Json.number(Cbor.parse(hex(bytes.replace(" ", ""))))).hasValue(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "f97c00",
    "f97e00",
    "fa7f800000",
    "fb7ff8000000000000",
    "f4",
    "f6",
    "f7",
    "f0",
    "f8ff"
  })
  void takesNothingElseForNumber(String bytes) throws MalformedPayload {
    assertThat(Json.number(Cbor.parse(hex(bytes)))).isEmpty();
  }

  /** A fraction of a few bytes must not become a number of a billion digits. */
  @ParameterizedTest
  @CsvSource({
    "c4821a3b9aca0001",
    "c4823a3b9aca0001",
    "c4821b7fffffffffffffff01",
    "c4821a7fffffff01"
  })
  void readsHugeDecimalFractionsAtOnce(String bytes) {
    try {
      double value = Json.number(Cbor.parse(hex(bytes))).orElse(Double.NaN);
      assertThat(value).isIn(0.0, Double.NaN);
    } catch (MalformedPayload e) {
      assertThat(e).hasMessageStartingWith("payload is not one CBOR data item");
    }
  }

  @Test
  void readsIndefiniteLengths() throws MalformedPayload {
    assertThat(Cbor.parse(hex("bf61610161629f0203ffff"))).hasToString("{\"a\":1,\"b\":[2,3]}");
    assertThat(Cbor.parse(hex("7f657374726561646d696e67ff")).textValue()).isEqualTo("streaming");
    assertThat(Cbor.parse(hex("5f42010243030405ff")).isBinary()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "18", // cut off in the head
    "fb3ff199999999", // cut off in the value
    "6261", // text shorter than stated
    "7a7fffffff61", // text of 2 GiB
    "5b7fffffffffffffff00", // octets of 2^63
    "8301", // array shorter than stated
    "9f01", // no break
    "a10102ff", // break after the end
    "0102", // two items
    "1c", // reserved
    "ff", // break alone
    "a2016161016162", // key twice
    "a10001 a1", // trailing
    "62c328", // not UTF-8
    "5f6161ff", // text inside octets
    "8181818181818181818181818181818181 00", // 17 levels
  })
  void refusesWhatIsNotWellFormed(String bytes) {
    assertThatThrownBy(() -> Cbor.parse(hex(bytes.replace(" ", ""))))
        .isInstanceOf(MalformedPayload.class)
        .hasMessageStartingWith("payload is not one CBOR data item of at most 16 levels");
  }

  @Test
  void refusesNothing() {
    assertThatThrownBy(() -> Cbor.parse(new byte[0]))
        .hasMessage("payload is empty, must be a CBOR data item");
  }
}
