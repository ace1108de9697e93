package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;

final class BufferConfigTest {
  private static BufferConfig read(String text) throws ConfigException {
    return ConfigLoader.parse("test.yaml", text, s -> BufferConfig.read(s, Path.of("data")));
  }

  @Test
  void hasDefaults() throws Exception {
    BufferConfig config = read("{}");
    assertThat(config).isEqualTo(BufferConfig.defaults(Path.of("data")));
    assertThat(config.maxBytes()).isEqualTo(512L << 20);
    assertThat(config.ttl())
        .isEqualTo(
            Map.of(
                Lane.ALERT, Duration.ofDays(30),
                Lane.TELEMETRY, Duration.ofDays(7),
                Lane.EVIDENCE, Duration.ofDays(3)));
  }

  @Test
  void readsEveryKey() throws Exception {
    BufferConfig config =
        read("{maxBytes: 64MiB, ttl: {alert: 3650d, report: 1m, telemetry: 36h, evidence: 2d}}");
    assertThat(config.file()).isEqualTo(Path.of("data", "events.db"));
    assertThat(config.maxBytes()).isEqualTo(64L << 20);
    assertThat(config.ttl())
        .isEqualTo(
            Map.of(
                Lane.ALERT, Duration.ofDays(3650),
                Lane.REPORT, Duration.ofMinutes(1),
                Lane.TELEMETRY, Duration.ofHours(36),
                Lane.EVIDENCE, Duration.ofDays(2)));
  }

  @Test
  void namesEveryProblem() {
    assertThatThrownBy(
            () -> read("{maxBytes: 1MiB, ttl: {alert: 59s, evidence: 3651d, video: 1d}}"))
        .hasMessageContaining(
            "maxBytes (line 1): must be a size such as 64KiB or 512MiB, 8MiB..64GiB")
        .hasMessageContaining("ttl.alert (line 1): must be a duration")
        .hasMessageContaining("60s..3650d, was \"59s\"")
        .hasMessageContaining("ttl.evidence")
        .hasMessageContaining("ttl.video (line 1): the key is unknown here");
  }
}
