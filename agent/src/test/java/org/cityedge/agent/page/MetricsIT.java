package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus' own tool over what we say and what we ask. */
class MetricsIT {
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

  @TempDir Path folder;

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

  private static String expression(int panel) throws Exception {
    JsonNode board =
        JsonMapper.builder().build().readTree(Path.of("../docs/monitoring/grafana.json").toFile());
    for (JsonNode one : board.get("panels")) {
      if (one.get("id").asInt() == panel) {
        return one.at("/targets/0/expr").asText().replace("$instance", ".*");
      }
    }
    throw new AssertionError("no panel " + panel);
  }

  /** One gateway amber, one red, one dead. */
  @Test
  void theDashboardShowsTheWorstLightAndCountsTheDead() throws Exception {
    String test =
        """
        evaluation_interval: 1m
        tests:
          - input_series:
              - {series: 'up{job="cityedge",instance="a"}', values: "1"}
              - {series: 'up{job="cityedge",instance="b"}', values: "1"}
              - {series: 'up{job="cityedge",instance="c"}', values: "0"}
              - {series: 'cityedge_light{level="amber",instance="a"}', values: "1"}
              - {series: 'cityedge_light{level="red",instance="a"}', values: "0"}
              - {series: 'cityedge_light{level="amber",instance="b"}', values: "0"}
              - {series: 'cityedge_light{level="red",instance="b"}', values: "1"}
            promql_expr_test:
              - {expr: '%s', eval_time: 0m, exp_samples: [{labels: '{}', value: 2}]}
              - {expr: '%s', eval_time: 0m, exp_samples: [{labels: '{}', value: 1}]}
        """
            .formatted(expression(1), expression(20));
    promtool(
        new byte[0],
        "test",
        "rules",
        Files.writeString(folder.resolve("board.test.yml"), test).toString());
  }

  @Test
  void theMetricsAreValid() throws Exception {
    promtool(Metrics.of(Snapshots.full(), "").body(), "check", "metrics");
  }
}
