package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Section;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.ContactConfig.Line;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SensorConfigTest {
  private static List<SensorConfig> load(String sensors) throws ConfigException {
    return ConfigLoader.parse(
        "gateway.yaml",
        sensors,
        root -> root.sections("sensors").stream().map(SensorConfigTest::readWithName).toList());
  }

  /** As the agent does: further keys of the same section belong to others. */
  private static SensorConfig readWithName(Section section) {
    section.optionalText("name");
    return SensorConfig.read(section);
  }

  private static String problemsOf(String sensor) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> load("sensors:\n  - " + sensor));
    return String.valueOf(refused.getMessage());
  }

  @Test
  void readsFullCoapSensor() throws ConfigException {
    assertThat(
            load(
                """
                sensors:
                  - id: air-1
                    name: 建设路
                    type: coap
                    uri: coap://192.168.7.20:5700/air?fast
                    mode: poll
                    period: 10s
                    format: json
                    simulated: true
                    channels:
                      - {quantity: pm2_5, unit: ug/m3, min: 0, max: 1000, pointer: /pm/0}
                      - {quantity: alarm}
                """))
        .containsExactly(
            new CoapSensorConfig(
                "air-1",
                URI.create("coap://192.168.7.20:5700/air?fast"),
                Mode.POLL,
                Duration.ofSeconds(10),
                Format.JSON,
                List.of(
                    new Field(new Channel("pm2_5", "ug/m3", 0, 1000), "/pm/0", "", false),
                    new Field(Channel.flag("alarm"), "/alarm", "", false)),
                true));
  }

  @Test
  void readsCoapDefaults() throws ConfigException {
    CoapSensorConfig config =
        (CoapSensorConfig)
            load("""
                    sensors:
                      - id: t
                        type: coap
                        uri: coap://[fe80::1]/t
                        channels: [{quantity: temperature, unit: Cel}]
                    """)
                .getFirst();
    assertThat(config.mode()).isEqualTo(Mode.OBSERVE);
    assertThat(config.format()).isEqualTo(Format.AUTO);
    assertThat(config.expected()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.simulated()).isFalse();
    assertThat(config.channels())
        .containsExactly(
            new Channel("temperature", "Cel", Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
  }

  @Test
  void readsPreSharedKeyWithTheIdAsItsIdentity() throws ConfigException {
    CoapSensorConfig config =
        (CoapSensorConfig)
            load("""
                    sensors:
                      - id: t
                        type: coap
                        uri: coaps://[fe80::1]/t
                        security: {psk: {keyRef: t-key}}
                        channels: [{quantity: open}]
                    """)
                .getFirst();
    assertThat(config.security()).isEqualTo(new CoapSecurity.Psk("t", "t-key"));
  }

  @Test
  void readsFullContact() throws ConfigException {
    assertThat(
            load(
                """
                sensors:
                  - id: manhole-1
                    type: contact
                    chip: /dev/gpiochip0
                    line: 17
                    quantity: open
                    activeLow: true
                    bias: pull-up
                    debounce: 200ms
                    period: 1h
                    hold: 1s
                    latch: 10s
                """))
        .containsExactly(
            new ContactConfig(
                "manhole-1",
                new Line.Chip(Path.of("/dev/gpiochip0"), 17),
                "open",
                true,
                Bias.PULL_UP,
                Duration.ofMillis(200),
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10)));
  }

  @Test
  void readsSimulatedContactWithDefaults() throws ConfigException {
    SensorConfig config =
        load("sensors: [{id: c, type: contact, chip: sim, simFile: /run/c, quantity: open}]")
            .getFirst();
    assertThat(config)
        .isEqualTo(
            new ContactConfig(
                "c",
                new Line.Simulated(Path.of("/run/c")),
                "open",
                false,
                Bias.AS_IS,
                Duration.ofMillis(50),
                Duration.ofMinutes(5),
                Duration.ZERO,
                Duration.ZERO));
    assertThat(config.simulated()).isTrue();
    assertThat(config.channels()).containsExactly(Channel.flag("open"));
  }

  @Test
  void readsFullCounter() throws ConfigException {
    assertThat(
            load(
                """
                sensors:
                  - id: rain-1
                    type: counter
                    chip: /dev/gpiochip0
                    line: 22
                    quantity: rain
                    unit: mm
                    perPulse: 0.2
                    edge: falling
                    bias: pull-up
                    debounce: 5ms
                    maxRate: 20
                    wrapAt: 1000000
                    period: 10m
                """))
        .containsExactly(
            new CounterConfig(
                "rain-1",
                new Line.Chip(Path.of("/dev/gpiochip0"), 22),
                "rain",
                "mm",
                0.2,
                CounterConfig.Edge.FALLING,
                false,
                Bias.PULL_UP,
                Duration.ofMillis(5),
                20,
                1_000_000,
                Duration.ofMinutes(10)));
  }

  @Test
  void readsCounterWithDefaults() throws ConfigException {
    SensorConfig config =
        load("sensors: [{id: c, type: counter, chip: sim, simFile: /run/c, quantity: vehicles}]")
            .getFirst();
    assertThat(config.channels())
        .containsExactly(
            new Channel("vehicles", "count", 0, 0x1p53),
            new Channel("vehicles_lost", "count", 0, 0x1p53),
            Channel.flag("vehicles_wrap"),
            Channel.flag("vehicles_cut"));
    assertThat(config.simulated()).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "{id: a, type: modbus} | sensors[0].type | must be one of coap, contact, counter",
        "{id: a, type: coap, channels: [{quantity: q}]} | sensors[0].uri | is missing",
        "{id: a, type: coap, uri: 'http://h/', channels: [{quantity: q}]} | sensors[0].uri | coap://",
        "{id: a, type: coap, uri: 'coap:///x', channels: [{quantity: q}]} | sensors[0].uri | must be coap://host",
        "{id: a, type: coap, uri: 'coap://h:65536/x', channels: [{quantity: q}]} | sensors[0].uri | a port of at most 65535",
        "{id: a, type: coap, uri: 'coap://h/x#y', channels: [{quantity: q}]} | sensors[0].uri | no fragment",
        "{id: a, type: coap, uri: 'coap://u:p@h/x', channels: [{quantity: q}]} | sensors[0].uri | must not carry a user",
        "{id: a, type: coap, uri: 'coap://h/x'} | sensors[0].channels | must be a list of 1..32 channels, was 0",
        "{id: a, type: coap, uri: 'coap://h/x', format: text, channels: [{quantity: q}, {quantity: r}]} | sensors[0].channels | text carries one channel",
        "{id: a, type: coap, uri: 'coap://h/x', channels: [{quantity: q}, {quantity: q}]} | sensors[0].channels[1].quantity | is there twice: q",
        "{id: a, type: coap, uri: 'coap://h/x', channels: [{quantity: Q}]} | sensors[0].channels[0].quantity | was \"Q\"",
        "{id: a, type: coap, uri: 'coap://h/x', channels: [{quantity: q, min: 3}]} | sensors[0].channels[0].unit | is missing",
        "{id: a, type: coap, uri: 'coap://h/x', channels: [{quantity: q, unit: V, min: 3, max: 2}]} | sensors[0].channels[0].min | must be at most max",
        "{id: a, type: coap, uri: 'coap://h/x', channels: [{quantity: q, pointer: a}]} | sensors[0].channels[0].pointer | a JSON Pointer",
        "{id: a, type: coap, uri: 'coap://h/x', channels: [{quantity: q, pointer: /a~2}]} | sensors[0].channels[0].pointer | a JSON Pointer",
        "{id: a, type: coap, uri: 'coap://h:0/x', channels: [{quantity: q}]} | sensors[0].uri | host[:1..65535]",
        "{id: a, type: coap, uri: 'coap://h/x', format: senml, channels: [{quantity: q, pointer: /a}]} | sensors[0].channels[0].pointer | is for format json or cbor only",
        "{id: a, type: coap, uri: 'coap://h/x', format: json, channels: [{quantity: q, name: n}]} | sensors[0].channels[0].name | is for format senml or senml-cbor or tlv or lwm2m-json only",
        "{id: a, type: coap, uri: 'coap://h/x', period: 1ms, channels: [{quantity: q}]} | sensors[0].period | 100ms..7d",
        "{id: a, type: coap, uri: 'coap://h/x', mod: poll, channels: [{quantity: q}]} | sensors[0].mod | the key is unknown here",
        "{id: a, type: counter, chip: /dev/gpiochip0, line: 1, quantity: q, maxRate: 2000} | sensors[0].maxRate | 1000",
        "{id: a, type: counter, chip: /dev/gpiochip0, line: 1, quantity: q, edge: up} | sensors[0].edge | rising, falling, both",
        "{id: a, type: counter, chip: /dev/gpiochip0, line: 1, quantity: q, wrapAt: 1} | sensors[0].wrapAt | must be",
        "{id: a, type: coap, uri: 'coaps://h/x', channels: [{quantity: q}]} | sensors[0].security | must have psk or ca with coaps://",
        "{id: a, type: coap, uri: 'coaps://h/x', security: none, channels: [{quantity: q}]} | sensors[0].security | must have psk or ca with coaps://",
        "{id: a, type: coap, uri: 'coap://h/x', security: {psk: {keyRef: k}}, channels: [{quantity: q}]} | sensors[0].security | needs coaps://",
        "{id: a, type: coap, uri: 'coap://h/x', security: some, channels: [{quantity: q}]} | sensors[0].security | must be none, {psk:",
        "{id: a, type: coap, uri: 'coaps://h/x', security: {}, channels: [{quantity: q}]} | sensors[0].security | must have either psk",
        "{id: a, type: coap, uri: 'coaps://h/x', security: {psk: {keyRef: ../k}}, channels: [{quantity: q}]} | sensors[0].security.psk.keyRef | secrets folder",
        "{id: a, type: coap, uri: 'coaps://h/x', security: {psk: {identity: 'a b', keyRef: k}}, channels: [{quantity: q}]} | sensors[0].security.psk.identity | printable",
        "{id: a, type: coap, uri: 'coaps://h/x', security: {ca: x, certificate: y}, channels: [{quantity: q}]} | sensors[0].security | certificate and keyRef come together",
        "{id: a, type: coap, uri: 'coaps://h/x', security: {ca: x, psk: {keyRef: y}}, channels: [{quantity: q}]} | sensors[0].security | must have either psk",
        "{id: a, type: coap, mode: inbox, security: {ca: x}, channels: [{quantity: q}]} | sensors[0].security | must be psk or none with mode inbox",
        "{id: a, type: coap, mode: inbox, uri: 'coap://h/x', channels: [{quantity: q}]} | sensors[0].uri | has no place with mode inbox; the sensor posts to /in/a",
        "{id: a, type: contact, chip: gpiochip0, line: 1, quantity: q} | sensors[0].chip | must be /dev/gpiochip0",
        "{id: a, type: contact, chip: /dev/gpiochip0, quantity: q} | sensors[0].line | is missing",
        "{id: a, type: contact, chip: /dev/gpiochip0, line: 512, quantity: q} | sensors[0].line | 0..511",
        "{id: a, type: contact, chip: /dev/gpiochip0, line: 1, simFile: /x, quantity: q} | sensors[0].simFile | is for chip sim only",
        "{id: a, type: contact, chip: sim, quantity: q} | sensors[0].simFile | is missing",
        "{id: a, type: contact, chip: sim, simFile: x, quantity: q} | sensors[0].simFile | absolute path",
        "{id: a, type: contact, chip: sim, simFile: /x, quantity: q, debounce: 11s} | sensors[0].debounce | 0s..10s",
        "{id: a, type: contact, chip: sim, simFile: /x, quantity: q, bias: up} | sensors[0].bias | as-is, none, pull-up, pull-down",
      })
  void namesPlaceOfProblem(String sensor, String place, String message) {
    assertThat(problemsOf(sensor)).contains(place).contains(message);
  }
}
