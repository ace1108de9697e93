package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.stream.Stream;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A payload of each format that has one of three channels, and one that has none. */
class AbsentChannelTest {
  /**
   * @param some has the temperature alone
   * @param none has something else
   */
  record Said(Format format, boolean byPath, byte[] some, byte[] none) {
    @Override
    public String toString() {
      return format.name();
    }

    private Field field(Channel channel, String path) {
      return new Field(channel, "/" + channel.quantity(), byPath ? path : "", false);
    }

    PayloadReader reader() {
      return new PayloadReader(
          PayloadReaderTest.config(
              format,
              field(new Channel("humidity", "%RH", 0, 100), "/3304/0/5601"),
              field(new Channel("temperature", "Cel", -40, 85), "/3303/0/5700"),
              field(Channel.flag("open"), "/3342/0/5500")));
    }
  }

  static Stream<Said> formats() {
    return Stream.of(
        new Said(Format.JSON, false, text("{\"temperature\":21.5}"), text("{\"x\":1}")),
        new Said(Format.CBOR, false, hex("a16b74656d7065726174757265f94d60"), hex("a1617801")),
        new Said(
            Format.SENML,
            false,
            text("[{\"n\":\"temperature\",\"u\":\"Cel\",\"v\":21.5}]"),
            text("[{\"n\":\"x\",\"v\":1}]")),
        new Said(
            Format.SENML_CBOR,
            false,
            hex("81a3006b74656d7065726174757265016343656c02f94d60"),
            hex("81a20061780201")),
        new Said(Format.TLV, true, hex("e4164441ac0000"), hex("e116da01")),
        new Said(
            Format.LWM2M_JSON,
            true,
            text("{\"bn\":\"/3303/0/\",\"e\":[{\"n\":\"5700\",\"v\":21.5}]}"),
            text("{\"bn\":\"/3303/0/\",\"e\":[{\"n\":\"5605\",\"v\":1}]}")));
  }

  private static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @ParameterizedTest
  @MethodSource("formats")
  void isNoReadingAndNoFault(Said said) throws MalformedPayload {
    assertThat(said.reader().read(said.some(), PayloadReader.NO_CONTENT_FORMAT))
        .containsExactly(new Finding.Found("temperature", "Cel", new Reading.Quantity(21.5), 0));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void isAFaultOfTheWholePayloadWhereAllAreAbsent(Said said) {
    assertThatThrownBy(() -> said.reader().read(said.none(), PayloadReader.NO_CONTENT_FORMAT))
        .isInstanceOf(MalformedPayload.class)
        .hasMessageContaining("names no configured channel, ");
  }
}
