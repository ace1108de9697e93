package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(60),
                64,
                Duration.ofSeconds(5)));
  }

  @Test
  void readsEveryKey() throws ConfigException {
    assertThat(
            parse(
                """
                brokers: ["mqtt://district:1883", "mqtt://city:2883"]
                user: gw
                passwordRef: broker
                keepAlive: 2m
                window: 20
                telemetryPeriod: 1s
                """))
        .isEqualTo(
            new UplinkConfig(
                List.of(URI.create("mqtt://district:1883"), URI.create("mqtt://city:2883")),
                Optional.of("gw"),
                Optional.of("broker"),
                Duration.ofMinutes(2),
                20,
                Duration.ofSeconds(1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "window: 5 | must name at least one broker",
        "brokers: [http://a] | must be a URI mqtt://",
        "brokers: [mqtt://a/b] | must be mqtt://host or mqtt://host:port",
        "brokers: ['mqtt://u:p@a'] | must not carry a user or password",
        "{brokers: [mqtt://a], user: x} | user and passwordRef come together",
        "{brokers: [mqtt://a], keepAlive: 1s} | 5s..1200s",
        "{brokers: [mqtt://a], window: 0} | 1..1000",
      })
  void namesWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }
}
