package org.cityedge.agent.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.Problem;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.junit.jupiter.api.Test;

class ConfigReportTest {
  private static final Outcome REFUSED =
      new Outcome(0, 58, State.REJECTED, "SCHEMA", "the configuration is wrong", true);

  @Test
  void pointsIntoTheOrder() {
    assertThat(Report.pointer("config.sensors[2].period")).isEqualTo("/config/sensors/2/period");
    assertThat(Report.pointer("config.a/b~c")).isEqualTo("/config/a~1b~0c");
    assertThat(Report.pointer("")).isEmpty();
  }

  @Test
  void listsAtMostTwentyProblemsAndStaysBelowEightKibibytes() {
    List<Problem> problems = Collections.nCopies(100, new Problem("config.x", 1, "街".repeat(200)));
    Report report =
        new Report(Optional.empty(), Optional.of(REFUSED), problems, List.of("w".repeat(400)), 7);
    assertThat(report.problems()).hasSize(20);
    assertThat(report.json()).hasSizeLessThanOrEqualTo(8 * 1024);
    assertThat(new String(report.json(), UTF_8)).contains("/config/x", "\"seq\":58", "SCHEMA");
  }

  @Test
  void keepsTheNewestOrdersThatWait() {
    Orders orders = new Orders();
    for (byte i = 1; i <= 6; i++) {
      orders.submit(new byte[] {i});
    }
    assertThat(orders.take().stream().map(order -> order[0]))
        .containsExactly((byte) 3, (byte) 4, (byte) 5, (byte) 6);
    assertThat(orders.take()).isEmpty();
  }
}
