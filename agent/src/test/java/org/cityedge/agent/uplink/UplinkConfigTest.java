package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.uplink.UplinkConfig.EvidencePolicy;
import org.cityedge.agent.uplink.UplinkConfig.Protocol;
import org.cityedge.agent.uplink.UplinkConfig.Telemetry;
import org.cityedge.agent.uplink.UplinkConfig.Tls;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UplinkConfigTest {
  private static UplinkConfig parse(String text) throws ConfigException {
    return ConfigLoader.parse("test", text, UplinkConfig::read);
  }

  @Test
  void hasDefaults() throws ConfigException {
    assertThat(parse("brokers: [mqtt://district.example]"))
        .isEqualTo(
            new UplinkConfig(
                List.of(URI.create("mqtt://district.example")),
                Protocol.MQTT_5,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(60),
                64,
                Optional.empty(),
                Optional.empty(),
                Duration.ofMinutes(10),
                new Telemetry(Duration.ofSeconds(5), Telemetry.Format.JSON, false),
                EvidencePolicy.REQUEST,
                Optional.empty()));
  }

  @Test
  void readsEveryKey() throws ConfigException {
    assertThat(
            parse(
                """
                brokers: ["mqtts://district:8883", "mqtt://city:2883"]
                protocol: mqtt-3.1.1
                user: gw
                passwordRef: broker
                tls: {ca: city-ca.pem, certificate: gw.pem, keyRef: gw.key}
                keepAlive: 2m
                window: 20
                bytesPerSecond: 20KiB
                host: centre-1
                returnAfter: 1h
                telemetryPeriod: 1s
                telemetryFormat: cbor
                telemetryGzip: true
                evidence: alerts
                """))
        .isEqualTo(
            new UplinkConfig(
                List.of(URI.create("mqtts://district:8883"), URI.create("mqtt://city:2883")),
                Protocol.MQTT_3_1_1,
                Optional.of("gw"),
                Optional.of("broker"),
                Optional.of(new Tls("city-ca.pem", Optional.of("gw.pem"), Optional.of("gw.key"))),
                Duration.ofMinutes(2),
                20,
                Optional.of(20L * 1024),
                Optional.of("centre-1"),
                Duration.ofHours(1),
                new Telemetry(Duration.ofSeconds(1), Telemetry.Format.CBOR, true),
                EvidencePolicy.ALERTS,
                Optional.empty()));
  }

  @Test
  void readsTheFormatOfKura() throws ConfigException {
    assertThat(parse("{brokers: [mqtt://a], format: kura, account: city}").kuraAccount())
        .hasValue("city");
    assertThat(parse("{brokers: [mqtt://a], format: cityedge}").kuraAccount()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "window: 5 | must name at least one broker",
        "brokers: [http://a] | must be a URI mqtt:// or mqtts://",
        "brokers: [mqtt://a/b] | must be mqtt(s)://host or mqtt(s)://host:1..65535",
        "brokers: ['mqtt://a:0'] | must be mqtt(s)://host or mqtt(s)://host:1..65535",
        "brokers: ['mqtt://u:p@a'] | must not carry a user or password",
        "{brokers: [mqtt://a], user: x} | user and passwordRef come together",
        "{brokers: [mqtt://a], keepAlive: 1s} | 5s..1200s",
        "{brokers: [mqtt://a], window: 0} | 1..1000",
        "{brokers: [mqtt://a], protocol: mqtt-4} | mqtt-5 or mqtt-3.1.1",
        "{brokers: [mqtts://a]} | and brokers that are mqtts:// come together",
        "{brokers: [mqtt://a], tls: {ca: a.pem}} | and brokers that are mqtts:// come together",
        "{brokers: [mqtts://a], tls: {ca: ../a.pem}} | the name of a file in certificates/",
        "{brokers: [mqtts://a], tls: {ca: a, certificate: b}} | certificate and keyRef come",
        "{brokers: [mqtt://a], bytesPerSecond: 1} | 1KiB",
        "{brokers: [mqtt://a], format: kura} | and format: kura come together or not at all",
        "{brokers: [mqtt://a], account: city} | and format: kura come together or not at all",
        "{brokers: [mqtt://a], format: kura, account: a/b} | 1 to 64 characters",
        "{brokers: [mqtt://a], format: kura, account: c, host: h} | has no place in format: kura",
        "{brokers: [mqtt://a], host: Ä} | 1..32 of a-z, 0-9 and -",
      })
  void namesWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }
}
