package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PayloadReaderTest {
  private static final Channel CELSIUS = new Channel("temperature", "Cel", -40, 85);

  static CoapSensorConfig config(Format format, Field... fields) {
    return new CoapSensorConfig(
        "air-1",
        URI.create("coap://[::1]/x"),
        Mode.POLL,
        Duration.ofSeconds(10),
        format,
        List.of(fields),
        false);
  }

  private static List<Finding> read(Format format, String payload, Field... fields)
      throws MalformedPayload {
    return new PayloadReader(config(format, fields)).read(payload.getBytes(UTF_8), -1);
  }

  private static Field at(String pointer, Channel channel) {
    return new Field(channel, pointer, "", false);
  }

  private static Finding found(String quantity, String unit, double value) {
    return new Finding.Found(quantity, unit, new Reading.Quantity(value), 0);
  }

  @Test
  void readsTextNumber() throws MalformedPayload {
    assertThat(read(Format.TEXT, " 21.5\n", at("", CELSIUS)))
        .containsExactly(found("temperature", "Cel", 21.5));
  }

  @Test
  void readsTextFlag() throws MalformedPayload {
    assertThat(read(Format.TEXT, "on", at("", Channel.flag("alarm"))))
        .containsExactly(new Finding.Found("alarm", "", new Reading.Flag(true), 0));
  }

  @Test
  void takesForANumberWhatIsWrittenAsOne() throws MalformedPayload {
    Pattern written = Pattern.compile("[+-]?\\d{1,40}(\\.\\d{1,40})?([eE][+-]?\\d{1,3})?");
    SplittableRandom random = new SplittableRandom(5);
    List<String> texts = new ArrayList<>(List.of("1".repeat(40), "1".repeat(41), "-0.5e+007"));
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder("1");
      for (int length = random.nextInt(8); length > 0; length--) {
        text.insert(random.nextInt(text.length() + 1), "+-.eE0190d".charAt(random.nextInt(10)));
      }
      texts.add(text.toString());
    }
    for (String text : texts) {
      boolean number = written.matcher(text).matches() && Double.isFinite(Double.parseDouble(text));
      assertThat(read(Format.TEXT, text, at("", CELSIUS)).getFirst() instanceof Finding.Found)
          .as(text)
          .isEqualTo(number);
    }
  }

  @ParameterizedTest
  @CsvSource({"twenty", "1e999", "0x10", "NaN", "1d", "''", "'1 2'"})
  void refusesTextThatIsNoNumber(String text) throws MalformedPayload {
    assertThat(read(Format.TEXT, text, at("", CELSIUS)))
        .singleElement()
        .isInstanceOfSatisfying(
            Finding.Wrong.class,
            wrong -> {
              assertThat(wrong.fault().kind()).isEqualTo(Fault.Kind.MALFORMED);
              assertThat(wrong.fault().detail())
                  .isEqualTo("temperature, text: must be a number, was \"" + text + '"');
            });
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    PayloadReader reader = new PayloadReader(config(Format.TEXT, at("", CELSIUS)));
    assertThatThrownBy(() -> reader.read(new byte[] {(byte) 0xC3, 0x28}, 0))
        .isInstanceOf(MalformedPayload.class)
        .hasMessage("payload is not UTF-8 text");
  }

  @Test
  void passesOnWhatIsOutOfRangeAsItCame() throws MalformedPayload {
    assertThat(read(Format.TEXT, "85.1", at("", CELSIUS)))
        .containsExactly(found("temperature", "Cel", 85.1));
    assertThat(read(Format.TEXT, "85.0", at("", CELSIUS)))
        .containsExactly(found("temperature", "Cel", 85));
  }

  /** The document and pointers of RFC 6901 §5 that lead to numbers. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"/, 0", "/a~1b, 1", "/c%d, 2", "/e^f, 3", "/g|h, 4", "/i\\j, 5", "/ , 7", "/m~0n, 8"})
  void followsPointersOfRfc6901(String pointer, double expected) throws MalformedPayload {
    String document =
        """
        {"foo": ["bar", 4.5], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4,
         "i\\\\j": 5, "k\\"l": 6, " ": 7, "m~n": 8}
        """;
    String exact = expected == 7 ? "/ " : pointer; // the annotation trims the blank
    Channel any = new Channel("x", "1", -100, 100);
    assertThat(read(Format.JSON, document, at(exact, any)))
        .containsExactly(found("x", "1", expected));
    assertThat(read(Format.JSON, document, at("/foo/1", any)))
        .containsExactly(found("x", "1", 4.5));
    assertThat(read(Format.JSON, "6", at("", any))).containsExactly(found("x", "1", 6));
  }

  @Test
  void leavesOtherChannelsAloneWhenOneIsMissing() throws MalformedPayload {
    assertThat(
            read(
                Format.JSON,
                "{\"t\":21,\"door\":0}",
                at("/t", CELSIUS),
                at("/h", new Channel("humidity", "%RH", 0, 100)),
                at("/door", Channel.flag("open"))))
        .containsExactly(
            found("temperature", "Cel", 21),
            new Finding.Wrong(
                new Fault(
                    Fault.Kind.MALFORMED,
                    "humidity, pointer /h: must be a number, was nothing",
                    Optional.of("humidity"))),
            new Finding.Found("open", "", new Reading.Flag(false), 0));
  }

  @Test
  void choosesByContentFormat() throws MalformedPayload {
    PayloadReader reader = new PayloadReader(config(Format.AUTO, at("/temperature", CELSIUS)));
    List<Finding> expected = List.of(found("temperature", "Cel", 4));
    assertThat(reader.read("4".getBytes(UTF_8), 0)).isEqualTo(expected);
    assertThat(reader.read("4".getBytes(UTF_8), -1)).isEqualTo(expected);
    assertThat(reader.read("{\"temperature\":4}".getBytes(UTF_8), 50)).isEqualTo(expected);
    assertThat(reader.read("[{\"n\":\"temperature\",\"u\":\"Cel\",\"v\":4}]".getBytes(UTF_8), 110))
        .isEqualTo(expected);
    assertThat(reader.read(hex("a16b74656d706572617475726504"), 60)).isEqualTo(expected);
    assertThat(reader.read(hex("81a3006b74656d7065726174757265016343656c0204"), 112))
        .isEqualTo(expected);
    assertThat(reader.read(hex("e1164404"), 11_542)).isEqualTo(expected);
    assertThatThrownBy(() -> reader.read(new byte[1], 41))
        .hasMessageStartingWith(
            "Content-Format must be one of 0, 50, 60, 110, 112, 11542, 11543, 11544, was 41");
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @Test
  void followsPointerIntoLwm2mCbor() throws MalformedPayload {
    // {3303: {0: {5700: 21.5}}}
    PayloadReader reader = new PayloadReader(config(Format.AUTO, at("/3303/0/5700", CELSIUS)));
    assertThat(reader.read(hex("a1190ce7a100a1191644f94d60"), 11_544))
        .containsExactly(found("temperature", "Cel", 21.5));
  }

  @Test
  void takesLwm2mPathsOfSenMlWithoutUnit() throws MalformedPayload {
    Field value = new Field(CELSIUS, "", "/3303/0/5700", false);
    assertThat(
            read(
                Format.SENML,
                "[{\"bn\":\"/3303/0/\",\"n\":\"5700\",\"v\":21.5},{\"n\":\"5701\",\"vs\":\"Cel\"}]",
                value))
        .containsExactly(found("temperature", "Cel", 21.5));
    assertThat(read(Format.SENML, "[{\"n\":\"/3303/0/5700\",\"u\":\"K\",\"v\":290}]", value))
        .singleElement()
        .isInstanceOf(Finding.Wrong.class);
  }

  @Test
  void findsTlvValueByPath() throws MalformedPayload {
    // Instance 0: 5700 = float 21.5, 5701 = "Cel", 5500 = 1
    byte[] payload = hex("080012" + "e4164441ac0000" + "e3164543656c" + "e1157c01" + "ff");
    payload = Arrays.copyOf(payload, payload.length - 1);
    payload[2] = (byte) (payload.length - 3);
    PayloadReader reader =
        new PayloadReader(
            config(
                Format.TLV,
                new Field(CELSIUS, "", "/3303/0/5700", false),
                new Field(Channel.flag("on"), "", "0/5500", false),
                new Field(new Channel("x", "1", 0, 1), "", "", false)));
    assertThat(reader.read(payload, 0))
        .containsExactly(
            found("temperature", "Cel", 21.5),
            new Finding.Found("on", "", new Reading.Flag(true), 0),
            new Finding.Wrong(
                new Fault(
                    Fault.Kind.MALFORMED,
                    "x, LwM2M TLV: must be one value; state its name, was 0 of 3",
                    Optional.of("x"))));
  }

  @Test
  void readsWholeTlvNumbersWhereStated() throws MalformedPayload {
    Channel count = new Channel("pulses", "count", 0, 1e9);
    byte[] payload = hex("e4157d00000101");
    assertThat(
            new PayloadReader(config(Format.TLV, new Field(count, "", "", false, true)))
                .read(payload, 0))
        .containsExactly(found("pulses", "count", 257));
  }

  @Test
  void refusesMoreThanEightKibibytes() {
    assertThatThrownBy(() -> read(Format.TEXT, " ".repeat(8193), at("", CELSIUS)))
        .hasMessage("payload is 8193 bytes, at most 8192 are read");
  }

  @Test
  void mapsSenMlNameToQuantityByItsLastPart() throws MalformedPayload {
    String pack =
        """
        [{"bn":"urn:dev:mac:0024befffe804ff1/","bu":"Cel","n":"temperature","v":4,"t":-3},
         {"n":"xtemperature","v":9}]
        """;
    assertThat(read(Format.SENML, pack, at("", CELSIUS)))
        .containsExactly(new Finding.Found("temperature", "Cel", new Reading.Quantity(4), -3));
  }

  @Test
  void mapsSenMlByStatedNameAndUnit() throws MalformedPayload {
    String pack = "[{\"bn\":\"urn:x\",\"u\":\"%RH\",\"v\":20},{\"u\":\"lon\",\"v\":24.3}]";
    Field lon = new Field(new Channel("lon", "lon", -180, 180), "", "urn:x", false);
    assertThat(read(Format.SENML, pack, lon)).containsExactly(found("lon", "lon", 24.3));
  }

  @Test
  void refusesAnotherUnit() throws MalformedPayload {
    String pack = "[{\"n\":\"temperature\",\"u\":\"K\",\"v\":277}]";
    assertThat(read(Format.SENML, pack, at("", CELSIUS)))
        .containsExactly(
            new Finding.Wrong(
                new Fault(
                    Fault.Kind.MALFORMED,
                    "temperature, SenML unit of temperature: must be \"Cel\", was \"K\"",
                    Optional.of("temperature"))));
  }

  @Test
  void readsSumAsUnitTimesSecond() throws MalformedPayload {
    Field energy = new Field(new Channel("energy", "J", 0, 1e9), "", "meter", true);
    assertThat(read(Format.SENML, "[{\"bs\":1000,\"n\":\"meter\",\"u\":\"W\",\"s\":7}]", energy))
        .containsExactly(found("energy", "J", 1007));
    Field flow = new Field(new Channel("volume", "m3", 0, 1e9), "", "meter", true);
    assertThat(read(Format.SENML, "[{\"n\":\"meter\",\"u\":\"m3/s\",\"v\":1,\"s\":7}]", flow))
        .containsExactly(found("volume", "m3", 7));
  }

  @Test
  void wantsFlagForFlagChannel() throws MalformedPayload {
    assertThat(read(Format.SENML, "[{\"n\":\"open\",\"v\":1}]", at("", Channel.flag("open"))))
        .containsExactly(
            new Finding.Wrong(
                new Fault(
                    Fault.Kind.MALFORMED,
                    "open, SenML record open: must be a flag vb, was something else",
                    Optional.of("open"))));
  }

  @Test
  void refusesPackWithoutAnyConfiguredName() {
    assertThatThrownBy(() -> read(Format.SENML, "[{\"n\":\"other\",\"v\":1}]", at("", CELSIUS)))
        .hasMessage("SenML pack names no configured channel, its first name is \"other\"");
  }
}
