package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sensor is lost when what its rules look at is. */
class SensorLossTest extends OnStage {
  private static final String SECTIONS =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s,
         channels: [{quantity: level, unit: m}, {quantity: flow, unit: m3/s}, {quantity: battery, unit: V}]}
      rules:
      - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      - {id: river-fast, kind: threshold, sensor: river, quantity: flow, above: 100}
      """;

  private static final String WITH_BATTERY =
      SECTIONS + "- {id: river-low, kind: threshold, sensor: river, quantity: battery, below: 1}\n";

  SensorLossTest() {
    super(SECTIONS);
  }

  /** Good ones. */
  private void say(String... quantities) {
    for (String quantity : quantities) {
      say(quantity, Quality.GOOD);
    }
  }

  private void say(String quantity, Quality quality) {
    stage.accept("river", quantity, new Reading.Quantity(1), "", quality);
  }

  /** Once a second, good ones. */
  private void hear(int seconds, String... quantities) {
    stage.pass(seconds, () -> say(quantities));
  }

  /** Three packs with all in them. */
  private void begin() {
    for (int pack = 0; pack < 3; pack++) {
      stage.pass(10, () -> {});
      say("level", "flow", "battery");
    }
  }

  private void miss(Fault.Kind kind) {
    stage.miss("river", new Fault(kind, "a test"));
  }

  private void malformed(Optional<String> quantity) {
    stage.malformed("river", quantity);
  }

  @ParameterizedTest
  @EnumSource(names = {"STUCK", "RANGE"})
  void aGoodBatteryDoesNotVouchForALevelThatIsNot(Quality bad) throws Exception {
    stage.pass(
        60,
        () -> {
          say("level", bad);
          say("flow", "battery");
        });
    toldIs("sensor raised 1");
    assertThat(stage.last().at("/why/rule").asText()).isEqualTo("river.lost");
    say("battery", "flow");
    toldIs("sensor raised 1");
    say("level");
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aGoodFlowDoesNotVouchForALevelThatCannotBeRead() throws Exception {
    stage.pass(
        60,
        () -> {
          malformed(Optional.of("level"));
          say("flow");
        });
    toldIs("sensor raised 1");
    say("level");
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aSensorOfWhichNothingCanBeReadAnyMoreIsLost() throws Exception {
    begin();
    stage.pass(20, () -> malformed(Optional.empty()));
    toldIs("sensor raised 1");
    say("flow");
    toldIs("sensor raised 1");
    say("level");
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aChannelThatWasNotHeardYetIsNotLostByAMessageThatCannotBeRead() throws Exception {
    for (int pack = 0; pack < 6; pack++) {
      stage.pass(10, () -> {});
      say("flow");
      malformed(Optional.empty());
    }
    toldIs();
    stage.pass(20, () -> malformed(Optional.empty()));
    toldIs("sensor raised 1");
    say("flow");
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aLevelThatVanishesFromThePacksIsLost() throws Exception {
    begin();
    hear(60, "flow", "battery");
    toldIs("sensor raised 1");
    say("level");
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aLevelThatOnlyComesLateIsLost() throws Exception {
    begin();
    stage.pass(
        60,
        () -> {
          say("level", Quality.STALE);
          say("flow");
        });
    say("flow");
    toldIs("sensor raised 1");
  }

  @Test
  void aLevelThatWasTakenAPeriodBeforeItCameIsNotLost() throws Exception {
    for (int pack = 0; pack < 12; pack++) {
      stage.pass(10, () -> {});
      say("battery", "flow");
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
    toldIs();
  }

  @Test
  void aChannelIsNotMissedBeforeTheSensorWasHeardAgainForAsLong() throws Exception {
    begin();
    stage.pass(30, () -> {});
    miss(Fault.Kind.LOST);
    stage.pass(600, () -> {});
    say("level");
    stage.pass(5, () -> {});
    say("flow");
    stage.pass(5, () -> {});
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aChannelThatWasMissingForLongIsMissedSoonTheNextTime() throws Exception {
    begin();
    hear(1000, "flow");
    begin();
    hear(40, "flow");
    toldIs("sensor raised 1", "sensor cleared 2", "sensor updated 3");
  }

  @Test
  void oneFailedReadIsNoLossOfAChannelThatIsToldSeldom() throws Exception {
    hear(60, "battery");
    miss(Fault.Kind.UNREACHABLE);
    toldIs();
  }

  @Test
  void aRestartDoesNotClearTheLossOfAChannelThatIsStillMissing() throws Exception {
    begin();
    hear(60, "flow");
    stage.restart();
    hear(30, "flow");
    toldIs("sensor raised 1", "sensor updated 2");
    say("level");
    toldIs("sensor raised 1", "sensor updated 2", "sensor cleared 3");
  }

  @Test
  void aLevelThatVanishesAboutARestartIsLostOnceTheSensorIsHeardAgain() throws Exception {
    begin();
    hear(600, "level", "flow");
    stage.restart();
    stage.pass(60, () -> {});
    hear(24, "flow");
    toldIs();
    hear(36, "flow");
    toldIs("sensor raised 1");
    say("level");
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aLevelThatVanishesAboutAnOrderIsLost() throws Exception {
    begin();
    stage.follow(WITH_BATTERY);
    hear(60, "flow", "battery");
    toldIs("sensor raised 1");
  }

  @Test
  void theChannelsOfAnotherDeviceOfThatNameAreNotMissed() throws Exception {
    begin();
    stage.follow(WITH_BATTERY, "river");
    hear(60, "flow");
    toldIs();
  }

  @Test
  void anOrderDoesNotClearTheLossOfAChannelThatIsStillMissing() throws Exception {
    begin();
    hear(60, "flow");
    stage.follow(SECTIONS.replace("period: 10s", "period: 12s"), "river");
    hear(30, "flow");
    toldIs("sensor raised 1", "sensor updated 2");
    say("level");
    toldIs("sensor raised 1", "sensor updated 2", "sensor cleared 3");
  }

  @Test
  void aMissingChannelThatNoRuleLooksAtAnyMoreIsNotWaitedFor() throws Exception {
    begin();
    hear(60, "flow");
    stage.follow(SECTIONS.replaceAll("- .id: river-high.*\n", ""));
    say("flow");
    assertThat(stage.messages()).endsWith("sensor cleared 3");
  }

  @Test
  void nobodyIsToldOfAChannelThatNoRuleLooksAt() throws Exception {
    stage.pass(
        120,
        () -> {
          say("level", "flow");
          say("battery", Quality.STUCK);
        });
    toldIs();
  }
}
