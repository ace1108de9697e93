package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sensor is lost when what its rules look at is. */
class SensorLossTest {
  private static final String SECTIONS =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s,
         channels: [{quantity: level, unit: m}, {quantity: flow, unit: m3/s}, {quantity: battery, unit: V}]}
      rules:
      - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      - {id: river-fast, kind: threshold, sensor: river, quantity: flow, above: 100}
      """;

  @TempDir Path folder;
  private AlertStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, SECTIONS);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  private void say(String quantity, Quality quality) {
    stage.accept("river", quantity, new Reading.Quantity(1), "", quality);
  }

  @ParameterizedTest
  @EnumSource(names = {"STUCK", "RANGE"})
  void aGoodBatteryDoesNotVouchForALevelThatIsNot(Quality bad) throws Exception {
    stage.pass(
        60,
        () -> {
          say("level", bad);
          say("flow", Quality.GOOD);
          say("battery", Quality.GOOD);
        });
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    assertThat(stage.last().at("/why/rule").asText()).isEqualTo("river.lost");
    say("battery", Quality.GOOD);
    say("flow", Quality.GOOD);
    assertThat(stage.messages()).hasSize(1);
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 2");
  }

  @Test
  void aGoodFlowDoesNotVouchForALevelThatCannotBeRead() throws Exception {
    stage.pass(
        60,
        () -> {
          stage.tracker.accept(
              new Sample.Missed(
                  "river",
                  stage.clock.instant(),
                  Duration.ofSeconds(stage.seconds).toNanos(),
                  new Fault(Fault.Kind.MALFORMED, "level is no number")));
          say("flow", Quality.GOOD);
        });
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 2");
  }

  @Test
  void aLevelThatVanishesFromThePacksIsLost() throws Exception {
    stage.pass(
        60,
        () -> {
          say("flow", Quality.GOOD);
          say("battery", Quality.GOOD);
        });
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 2");
  }

  @Test
  void aLevelThatOnlyComesLateIsLost() throws Exception {
    stage.pass(
        60,
        () -> {
          say("level", Quality.STALE);
          say("flow", Quality.GOOD);
        });
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    say("flow", Quality.GOOD);
    assertThat(stage.messages()).hasSize(1);
  }

  @Test
  void aLevelThatWasTakenAPeriodBeforeItCameIsNotLost() throws Exception {
    for (int pack = 0; pack < 12; pack++) {
      stage.pass(10, () -> {});
      say("battery", Quality.GOOD);
      say("flow", Quality.GOOD);
      stage.tracker.accept(
          new Sample.Measured(
              new Reading(
                  "river",
                  "level",
                  new Reading.Quantity(1),
                  "m",
                  stage.clock.instant().minusSeconds(10),
                  Duration.ofSeconds(stage.seconds - 10).toNanos(),
                  Quality.GOOD)));
    }
    assertThat(stage.messages()).isEmpty();
  }

  @Test
  void whatACounterTellsOnlyWhenItChangesIsNotLost() throws Exception {
    try (AlertStage counted =
        new AlertStage(
            Files.createDirectory(folder.resolve("counter")),
            """
            sensors:
            - {id: loop, type: counter, chip: /dev/gpiochip0, line: 4, quantity: vehicles, period: 10s}
            rules:
            - {id: loop-lost, kind: threshold, sensor: loop, quantity: vehicles_lost, above: 3}
            """)) {
      counted.accept("loop", "vehicles_lost", new Reading.Quantity(0), "count", Quality.GOOD);
      Runnable total =
          () -> counted.accept("loop", "vehicles", new Reading.Quantity(1), "count", Quality.GOOD);
      counted.pass(120, total);
      assertThat(counted.messages()).isEmpty();
    }
  }

  @Test
  void nobodyIsToldOfAChannelThatNoRuleLooksAt() throws Exception {
    stage.pass(
        120,
        () -> {
          say("level", Quality.GOOD);
          say("flow", Quality.GOOD);
          say("battery", Quality.STUCK);
        });
    assertThat(stage.messages()).isEmpty();
  }
}
