package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A channel that its sensor tells seldom, or only when it changes, is not lost in between. */
class SeldomChannelLossTest extends OnStage {
  private static final String SECTIONS =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s,
         channels: [{quantity: level, unit: m}, {quantity: battery, unit: V}, {quantity: open}]}
      rules:
      - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      - {id: river-empty, kind: threshold, sensor: river, quantity: battery, below: 0.5}
      - {id: river-open, kind: contact, sensor: river, quantity: open}
      """;

  SeldomChannelLossTest() {
    super(SECTIONS);
  }

  /** A level in each, every 10 s, and a battery in some. */
  private void packs(int howMany, int batteryEach) {
    for (int pack = 1; pack <= howMany; pack++) {
      stage.pass(10, () -> {});
      stage.number("river", 1);
      if (pack % batteryEach == 0) {
        battery(Quality.GOOD);
      }
    }
  }

  private void battery(Quality quality) {
    stage.accept("river", "battery", new Reading.Quantity(3), "V", quality);
  }

  private void malformed(Optional<String> quantity) {
    stage.malformed("river", quantity);
  }

  @Test
  void aBatteryInEachTenthPackIsNotLostBetweenThem() throws Exception {
    packs(45, 10);
    toldIs();
  }

  @Test
  void aBatteryThatIsNoLongerInEachTenthPackIsLost() throws Exception {
    packs(20, 10);
    packs(35, 100);
    toldIs("sensor raised 1");
  }

  @ParameterizedTest
  @EnumSource(names = {"STUCK", "RANGE"})
  void aBatteryInEachTenthPackIsNotLostByOneBadReading(Quality bad) throws Exception {
    packs(20, 10);
    packs(9, 10);
    battery(bad);
    packs(9, 10);
    toldIs();
    battery(bad);
    toldIs("sensor raised 1");
  }

  @Test
  void aBatteryThatCameOnceIsNotLostByTheFirstBadReading() throws Exception {
    packs(1, 1);
    packs(9, 10);
    battery(Quality.RANGE);
    toldIs();
  }

  @Test
  void aBatteryInEachTenthPackIsNotLostByWhatCannotBeReadOfOthers() throws Exception {
    packs(20, 10);
    packs(5, 10);
    malformed(Optional.empty());
    malformed(Optional.of("open"));
    packs(1, 10);
    malformed(Optional.empty());
    stage.pass(8, () -> {});
    malformed(Optional.of("battery"));
    stage.number("river", 1);
    toldIs();
  }

  @Test
  void aContactThatSaysOnlyWhenItChangesIsNotLost() throws Exception {
    packs(2, 1);
    stage.flag("river", true);
    packs(2, 1);
    stage.flag("river", false);
    List<String> told = stage.messages();
    packs(30, 1);
    assertThat(stage.messages()).startsWith(told.toArray(String[]::new)).hasSize(2);
    assertThat(stage.last().at("/why/rule").asText()).isEqualTo("river-open");
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
      counted.pass(
          120,
          () -> counted.accept("loop", "vehicles", new Reading.Quantity(1), "count", Quality.GOOD));
      assertThat(counted.messages()).isEmpty();
    }
  }

  @Test
  void aBatteryInEachTenthPackIsNotLostAfterARestart() throws Exception {
    packs(65, 10);
    stage.restart();
    packs(25, 10);
    toldIs();
    packs(35, 100);
    toldIs("sensor raised 1");
  }

  @Test
  void theLossOfAWholeSensorFromBeforeARestartIsOverOnceAllItsNumbersCome() throws Exception {
    stage.miss("river", new Fault(Fault.Kind.LOST, "nothing heard"));
    stage.restart();
    packs(1, 1);
    toldIs("sensor raised 1", "sensor updated 2", "sensor cleared 3");
  }
}
