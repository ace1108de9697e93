package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Prometheus' own tool over what we say and what we ask. */
class MetricsIT {
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

  @BeforeEach
  void needsPromtool() {
    Assumptions.assumeTrue(
        Files.isExecutable(PROMTOOL), PROMTOOL + " is missing; apt-get install prometheus");
  }

  private static void promtool(byte[] in, String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = PROMTOOL.toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (OutputStream out = process.getOutputStream()) {
      out.write(in);
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }

  @Test
  void theRulesAreValid() throws Exception {
    promtool(new byte[0], "check", "rules", "../docs/monitoring/cityedge.rules.yml");
  }

  @Test
  void theMetricsAreValid() throws Exception {
    promtool(Metrics.of(Snapshots.full(), "").body(), "check", "metrics");
  }
}
