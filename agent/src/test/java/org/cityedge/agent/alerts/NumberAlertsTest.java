package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a measured number raises, and how the alert tells it. */
class NumberAlertsTest {
  @TempDir Path folder;
  private AlertStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, House.SECTIONS);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void tellsAValueToTheDigitsOfItsLimit() throws Exception {
    Path own = Files.createDirectory(folder.resolve("small"));
    try (AlertStage small =
        new AlertStage(
            own,
            """
            sensors:
              - {id: dust, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: kg/m3}]}
            rules:
              - {id: dust-high, kind: threshold, sensor: dust, quantity: level, above: 0.002, hold: 0s}
            """)) {
      small.number("dust", 0.00412345678);
      assertThat(small.last().at("/why/value").asDouble()).isEqualTo(0.00412346);
      assertThat(small.last().at("/why/limit").asDouble()).isEqualTo(0.002);
    }
  }

  @Test
  void raisesForAChangeThatIsTooFastAndNotForASlowOne() throws Exception {
    for (int minute = 0; minute < 60; minute++) {
      stage.number("river", 1 + minute * 0.04);
      stage.seconds += 60;
    }
    assertThat(stage.messages()).isEmpty();
    stage.number("river", 3.9);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    assertThat(stage.last().at("/why/limit").asDouble()).isEqualTo(0.5);
    for (int minute = 0; minute < 12; minute++) {
      stage.seconds += 60;
      stage.number("river", 3.9);
    }
    assertThat(stage.messages().getLast()).startsWith("sensor cleared");
    stage.number("river", 1);
    assertThat(stage.tracker.openCount()).as("a fall is not a rise").isZero();
  }

  @Test
  void thereIsNoChangeBetweenWhatIsMadeUpAndWhatIsReal() throws Exception {
    stage.accept("river", "level", new Reading.Quantity(1), "m", Quality.SIM);
    stage.seconds++;
    stage.number("river", 3);
    stage.seconds++;
    stage.number("river", 3.1);
    assertThat(stage.messages()).isEmpty();
    stage.seconds++;
    stage.number("river", 3.6);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
  }
}
