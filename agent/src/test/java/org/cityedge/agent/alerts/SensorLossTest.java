package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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

  private void miss(Fault.Kind kind) {
    stage.tracker.accept(
        new Sample.Missed(
            "river",
            stage.clock.instant(),
            Duration.ofSeconds(stage.seconds).toNanos(),
            new Fault(kind, "a test")));
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
          malformed(Optional.of("level"));
          say("flow", Quality.GOOD);
        });
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 2");
  }

  @Test
  void aSensorOfWhichNothingCanBeReadAnyMoreIsLost() throws Exception {
    begin();
    stage.pass(20, () -> malformed(Optional.empty()));
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    say("flow", Quality.GOOD);
    assertThat(stage.messages()).hasSize(1);
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 2");
  }

  @Test
  void aChannelThatWasNotHeardYetIsNotLostByAMessageThatCannotBeRead() throws Exception {
    for (int pack = 0; pack < 6; pack++) {
      stage.pass(10, () -> {});
      say("flow", Quality.GOOD);
      malformed(Optional.empty());
    }
    assertThat(stage.messages()).isEmpty();
    stage.pass(20, () -> malformed(Optional.empty()));
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    say("flow", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 2");
  }

  private void malformed(Optional<String> quantity) {
    malformed(stage, quantity);
  }

  private static void malformed(AlertStage stage, Optional<String> quantity) {
    stage.tracker.accept(
        new Sample.Missed(
            "river",
            stage.clock.instant(),
            Duration.ofSeconds(stage.seconds).toNanos(),
            new Fault(Fault.Kind.MALFORMED, "a test", quantity)));
  }

  /** Three packs with all in them. */
  private void begin() {
    for (int pack = 0; pack < 3; pack++) {
      stage.pass(10, () -> {});
      say("level", Quality.GOOD);
      say("flow", Quality.GOOD);
      say("battery", Quality.GOOD);
    }
  }

  @Test
  void aLevelThatVanishesFromThePacksIsLost() throws Exception {
    begin();
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
    begin();
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

  private static final String SLOW =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s,
         channels: [{quantity: level, unit: m}, {quantity: battery, unit: V}, {quantity: open}]}
      rules:
      - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      - {id: river-empty, kind: threshold, sensor: river, quantity: battery, below: 0.5}
      - {id: river-open, kind: contact, sensor: river, quantity: open}
      """;

  private AlertStage slow() throws Exception {
    return new AlertStage(Files.createDirectory(folder.resolve("slow")), SLOW);
  }

  private static void packs(AlertStage slow, int howMany, int batteryEach) {
    for (int pack = 1; pack <= howMany; pack++) {
      slow.pass(10, () -> {});
      slow.number("river", 1);
      if (pack % batteryEach == 0) {
        slow.accept("river", "battery", new Reading.Quantity(3), "V", Quality.GOOD);
      }
    }
  }

  @Test
  void aBatteryInEachTenthPackIsNotLostBetweenThem() throws Exception {
    try (AlertStage slow = slow()) {
      packs(slow, 45, 10);
      assertThat(slow.messages()).isEmpty();
    }
  }

  @Test
  void aBatteryThatIsNoLongerInEachTenthPackIsLost() throws Exception {
    try (AlertStage slow = slow()) {
      packs(slow, 20, 10);
      packs(slow, 35, 100);
      assertThat(slow.messages()).containsExactly("sensor raised 1");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"STUCK", "RANGE"})
  void aBatteryInEachTenthPackIsNotLostByOneBadReading(Quality bad) throws Exception {
    try (AlertStage slow = slow()) {
      packs(slow, 20, 10);
      packs(slow, 9, 10);
      slow.accept("river", "battery", new Reading.Quantity(3), "V", bad);
      packs(slow, 9, 10);
      assertThat(slow.messages()).isEmpty();
      slow.accept("river", "battery", new Reading.Quantity(3), "V", bad);
      assertThat(slow.messages()).containsExactly("sensor raised 1");
    }
  }

  @Test
  void aBatteryThatCameOnceIsNotLostByTheFirstBadReading() throws Exception {
    try (AlertStage slow = slow()) {
      packs(slow, 1, 1);
      packs(slow, 9, 10);
      slow.accept("river", "battery", new Reading.Quantity(3), "V", Quality.RANGE);
      assertThat(slow.messages()).isEmpty();
    }
  }

  @Test
  void aBatteryInEachTenthPackIsNotLostByWhatCannotBeReadOfOthers() throws Exception {
    try (AlertStage slow = slow()) {
      packs(slow, 20, 10);
      packs(slow, 5, 10);
      malformed(slow, Optional.empty());
      malformed(slow, Optional.of("open"));
      packs(slow, 1, 10);
      malformed(slow, Optional.empty());
      slow.pass(8, () -> {});
      malformed(slow, Optional.of("battery"));
      slow.number("river", 1);
      assertThat(slow.messages()).isEmpty();
    }
  }

  @Test
  void aContactThatSaysOnlyWhenItChangesIsNotLost() throws Exception {
    try (AlertStage slow = slow()) {
      packs(slow, 2, 1);
      slow.flag("river", true);
      packs(slow, 2, 1);
      slow.flag("river", false);
      List<String> told = slow.messages();
      packs(slow, 30, 1);
      assertThat(slow.messages()).startsWith(told.toArray(String[]::new)).hasSize(2);
      assertThat(slow.last().at("/why/rule").asText()).isEqualTo("river-open");
    }
  }

  @Test
  void aChannelIsNotMissedBeforeTheSensorWasHeardAgainForAsLong() throws Exception {
    begin();
    stage.pass(30, () -> {});
    miss(Fault.Kind.LOST);
    stage.pass(600, () -> {});
    say("level", Quality.GOOD);
    stage.pass(5, () -> {});
    say("flow", Quality.GOOD);
    stage.pass(5, () -> {});
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aChannelThatWasMissingForLongIsMissedSoonTheNextTime() throws Exception {
    begin();
    stage.pass(1000, () -> say("flow", Quality.GOOD));
    begin();
    stage.pass(40, () -> say("flow", Quality.GOOD));
    assertThat(stage.messages())
        .containsExactly("sensor raised 1", "sensor cleared 2", "sensor updated 3");
  }

  @Test
  void oneFailedReadIsNoLossOfAChannelThatIsToldSeldom() throws Exception {
    stage.pass(60, () -> say("battery", Quality.GOOD));
    miss(Fault.Kind.UNREACHABLE);
    assertThat(stage.messages()).isEmpty();
  }

  @Test
  void aRestartDoesNotClearTheLossOfAChannelThatIsStillMissing() throws Exception {
    begin();
    stage.pass(60, () -> say("flow", Quality.GOOD));
    stage.restart();
    stage.pass(30, () -> say("flow", Quality.GOOD));
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor updated 2");
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 3");
  }

  @Test
  void aLevelThatVanishesAboutARestartIsLostOnceTheSensorIsHeardAgain() throws Exception {
    begin();
    stage.pass(
        600,
        () -> {
          say("level", Quality.GOOD);
          say("flow", Quality.GOOD);
        });
    stage.restart();
    stage.pass(60, () -> {});
    assertThat(stage.messages()).isEmpty();
    stage.pass(24, () -> say("flow", Quality.GOOD));
    assertThat(stage.messages()).isEmpty();
    stage.pass(36, () -> say("flow", Quality.GOOD));
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 2");
  }

  @Test
  void aBatteryInEachTenthPackIsNotLostAfterARestart() throws Exception {
    try (AlertStage slow = slow()) {
      packs(slow, 65, 10);
      slow.restart();
      packs(slow, 25, 10);
      assertThat(slow.messages()).isEmpty();
      packs(slow, 35, 100);
      assertThat(slow.messages()).containsExactly("sensor raised 1");
    }
  }

  @Test
  void aLevelThatVanishesAboutAnOrderIsLost() throws Exception {
    begin();
    stage.follow(
        SECTIONS
            + "- {id: river-low, kind: threshold, sensor: river, quantity: battery, below: 1}\n");
    stage.pass(
        60,
        () -> {
          say("flow", Quality.GOOD);
          say("battery", Quality.GOOD);
        });
    assertThat(stage.messages()).containsExactly("sensor raised 1");
  }

  @Test
  void theChannelsOfAnotherDeviceOfThatNameAreNotMissed() throws Exception {
    begin();
    stage.follow(
        SECTIONS
            + "- {id: river-low, kind: threshold, sensor: river, quantity: battery, below: 1}\n",
        "river");
    stage.pass(60, () -> say("flow", Quality.GOOD));
    assertThat(stage.messages()).isEmpty();
  }

  @Test
  void anOrderDoesNotClearTheLossOfAChannelThatIsStillMissing() throws Exception {
    begin();
    stage.pass(60, () -> say("flow", Quality.GOOD));
    stage.follow(SECTIONS.replace("period: 10s", "period: 12s"), "river");
    stage.pass(30, () -> say("flow", Quality.GOOD));
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor updated 2");
    say("level", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 3");
  }

  @Test
  void aMissingChannelThatNoRuleLooksAtAnyMoreIsNotWaitedFor() throws Exception {
    begin();
    stage.pass(60, () -> say("flow", Quality.GOOD));
    stage.follow(SECTIONS.replaceAll("- .id: river-high.*\n", ""));
    say("flow", Quality.GOOD);
    assertThat(stage.messages()).endsWith("sensor cleared 3");
  }

  @Test
  void theLossOfAWholeSensorFromBeforeARestartIsOverOnceAllItsNumbersCome() throws Exception {
    try (AlertStage slow = slow()) {
      slow.tracker.accept(
          new Sample.Missed(
              "river", slow.clock.instant(), 0, new Fault(Fault.Kind.LOST, "nothing heard")));
      slow.restart();
      packs(slow, 1, 1);
      assertThat(slow.messages())
          .containsExactly("sensor raised 1", "sensor updated 2", "sensor cleared 3");
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
