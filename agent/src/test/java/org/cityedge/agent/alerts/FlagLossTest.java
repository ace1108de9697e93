package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flag that comes in each message is missed; one that comes when it changes is not. */
class FlagLossTest extends OnStage {
  private static final String SECTIONS =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s,
         channels: [{quantity: level, unit: m}, {quantity: battery, unit: V}, {quantity: open}]}
      rules:
      - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      - {id: river-open, kind: contact, sensor: river, quantity: open}
      """;

  private static final String WITH_BATTERY =
      SECTIONS + "- {id: river-low, kind: threshold, sensor: river, quantity: battery, below: 1}\n";

  /** After so many messages with it a flag is waited for. */
  private static final int SURE = 1 + Attendance.SURE;

  /** More than ten minutes of messages, after which what was learnt is kept. */
  private static final int KEPT = 70;

  /** Messages without it, with which it is lost: more than three of its intervals. */
  private static final int MISSED = 4;

  FlagLossTest() {
    super(SECTIONS);
  }

  /** One each ten seconds. */
  private void packs(int howMany, Runnable pack) {
    for (int i = 0; i < howMany; i++) {
      stage.pass(10, () -> {});
      pack.run();
      stage.tracker.tick();
    }
  }

  private void level() {
    stage.number("river", 1);
  }

  private void battery() {
    stage.accept("river", "battery", new Reading.Quantity(3), "V", Quality.GOOD);
  }

  private void whole() {
    whole(false);
  }

  private void whole(boolean open) {
    level();
    stage.flag("river", open);
  }

  @Test
  void isLostOnceMessagesGoOnWithoutItUntilItComesBack() throws Exception {
    packs(SURE, this::whole);
    packs(MISSED - 1, this::level);
    toldIs();
    packs(1, this::level);
    toldIs("sensor raised 1");
    assertThat(stage.last().at("/why/rule").asText()).isEqualTo("river.lost");
    packs(10, this::level);
    toldIs("sensor raised 1");
    packs(1, this::whole);
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  /** A sensor that was offline says later what it had to say. */
  @Test
  void isMissedAlsoAfterAMessageThatCameLate() throws Exception {
    packs(SURE, this::whole);
    packs(
        1,
        () -> {
          stage.accept("river", "level", new Reading.Quantity(1), "m", Quality.STALE);
          stage.accept("river", "open", new Reading.Flag(false), "", Quality.STALE);
        });
    packs(1, this::whole);
    // Its longest interval is twice as long now.
    packs(2 * MISSED, this::level);
    toldIs("sensor raised 1");
  }

  /** As a firmware does that was changed to tell its changes only. */
  @Test
  void isNoLongerWaitedForOnceItCameAndIsLeftOutAgain() throws Exception {
    packs(SURE, this::whole);
    packs(MISSED, this::level);
    packs(1, this::whole);
    packs(100, this::level);
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void isMissedTheSecondTimeToo() throws Exception {
    packs(SURE, this::whole);
    packs(MISSED, this::level);
    packs(20, this::whole);
    packs(MISSED, this::level);
    toldIs("sensor raised 1", "sensor cleared 2", "sensor raised 1");
  }

  @Test
  void isMissedAsSoonWhereItHadStayedAwayBefore() throws Exception {
    packs(1, this::whole);
    packs(50, this::level);
    packs(SURE, this::whole);
    packs(MISSED, this::level);
    toldIs("sensor raised 1");
  }

  @Test
  void isNotMissedWhereItChangedWithEachMessageThatHadIt() throws Exception {
    for (int i = 0; i < 20; i++) {
      packs(1, () -> whole(true));
      packs(1, () -> whole(false));
    }
    packs(100, this::level);
    assertThat(stage.alerts())
        .extracting(alert -> alert.at("/why/rule").asText())
        .containsOnly("river-open");
  }

  @Test
  void isNotMissedWhereOtherMessagesNeverHadIt() throws Exception {
    for (int i = 0; i < 20; i++) {
      packs(Attendance.SURE, this::whole);
      packs(1, this::level);
    }
    packs(100, this::level);
    toldIs();
  }

  /** Such as of a detector that tells each time that somebody passes. */
  @Test
  void isNotMissedAfterABurstOfEventsBetweenTwoMessages() throws Exception {
    packs(1, this::level);
    stage.pass(9, () -> stage.flag("river", false));
    packs(100, this::level);
    toldIs();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "open"})
  void isNotLeftOutOfAMessageThatCannotBeRead(String quantity) throws Exception {
    for (int i = 0; i < 8; i++) {
      packs(2, this::whole);
      packs(1, () -> stage.malformed("river", Optional.of(quantity).filter("open"::equals)));
    }
    packs(1, this::whole);
    toldIs();
    packs(2 * MISSED, this::level);
    toldIs("sensor raised 1");
  }

  @Test
  void isMissedOnAfterTheWholeSensorWasSilent() throws Exception {
    packs(SURE, this::whole);
    stage.pass(30, () -> {});
    stage.accept("river", "level", new Reading.Quantity(1), "m", Quality.STALE);
    stage.miss("river", new Fault(Fault.Kind.LOST, "a test"));
    packs(1, this::whole);
    toldIs("sensor raised 1", "sensor cleared 2");
    packs(MISSED, this::level);
    toldIs("sensor raised 1", "sensor cleared 2", "sensor updated 3");
  }

  @Test
  void isMissedWhereItVanishesAboutARestart() throws Exception {
    packs(KEPT, this::whole);
    stage.restart();
    packs(2 + MISSED, this::level);
    toldIs("sensor raised 1");
  }

  @Test
  void isNotMissedAfterARestartWhereItComesWhenItChanges() throws Exception {
    packs(57, this::level);
    packs(4, this::whole); // while ten minutes are over
    stage.restart();
    packs(100, this::level);
    toldIs();
  }

  @Test
  void itsLossOutlivesARestart() throws Exception {
    packs(KEPT, this::whole);
    packs(MISSED, this::level);
    stage.restart();
    packs(3, this::level);
    toldIs("sensor raised 1", "sensor updated 2");
    packs(1, this::whole);
    toldIs("sensor raised 1", "sensor updated 2", "sensor cleared 3");
  }

  @Test
  void itsLossOutlivesAnOrderThatLooksAtMore() throws Exception {
    packs(SURE, this::whole);
    packs(MISSED, this::level);
    stage.follow(WITH_BATTERY);
    packs(
        3,
        () -> {
          level();
          battery();
        });
    toldIs("sensor raised 1", "sensor updated 2");
    packs(1, this::whole);
    toldIs("sensor raised 1", "sensor updated 2", "sensor cleared 3");
  }

  @Test
  void isNotMissedOfAnotherDeviceInTheSamePlace() throws Exception {
    packs(KEPT, this::whole);
    stage.follow(SECTIONS, "river");
    packs(100, this::level);
    toldIs();
  }
}
