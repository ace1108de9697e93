package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.buffer.Append;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often each channel of a sensor tells something is learnt, and forgotten again. */
class SensorRhythmTest extends OnStage {
  private static final String SECTIONS =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s,
         channels: [{quantity: level, unit: m}, {quantity: flow, unit: m3/s}]}
      rules:
      - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      - {id: river-fast, kind: threshold, sensor: river, quantity: flow, above: 100}
      """;

  private static final String MOVED = SECTIONS.replace("coap://h/", "coap://h2/");

  private static final int SPELL = 360;

  SensorRhythmTest() {
    super(SECTIONS);
  }

  private void say(String quantity, Quality quality) {
    stage.accept("river", quantity, new Reading.Quantity(1), "", quality);
  }

  private void cannotRead() {
    stage.malformed("river", Optional.empty());
  }

  /** One each ten seconds, looked at each ten seconds. */
  private void packs(int howMany, Runnable pack) {
    for (int i = 0; i < howMany; i++) {
      stage.seconds += 10;
      pack.run();
      stage.tracker.tick();
    }
  }

  private void good() {
    say("level", Quality.GOOD);
    say("flow", Quality.GOOD);
  }

  /** Packs until the loss is told, of at most {@value #SPELL}; that many come anyway. */
  private int packsUntilLost(Runnable pack) {
    int told = 0;
    for (int i = 1; i <= SPELL; i++) {
      packs(1, pack);
      if (told == 0 && stage.tracker.openCount() > 0) {
        told = i;
      }
    }
    return told;
  }

  private void levelOutOfRange() {
    say("level", Quality.RANGE);
    say("flow", Quality.GOOD);
  }

  @Test
  void theEighthSpellOfRubbishIsToldAsSoonAsTheFirst() {
    for (int spell = 1; spell <= 8; spell++) {
      packs(SPELL, this::good);
      assertThat(packsUntilLost(this::levelOutOfRange)).as("spell %d", spell).isEqualTo(2);
    }
  }

  @Test
  void rubbishFromBeforeARestartIsNoRhythm() throws Exception {
    for (int spell = 1; spell <= 4; spell++) {
      packs(SPELL, this::good);
      packs(SPELL, this::levelOutOfRange);
    }
    packs(SPELL, this::good);
    stage.restart();
    packs(SPELL, this::good);
    assertThat(packsUntilLost(this::levelOutOfRange)).isEqualTo(2);
  }

  @Test
  void theEighthTimeThatAChannelIsLeftOutIsToldAsSoonAsTheFirst() {
    for (int spell = 1; spell <= 8; spell++) {
      packs(SPELL, this::good);
      assertThat(packsUntilLost(() -> say("flow", Quality.GOOD)))
          .as("spell %d", spell)
          .isEqualTo(4);
    }
  }

  @Test
  void theEighthSpellOfWhatCannotBeReadIsToldAsSoonAsTheFirst() {
    for (int spell = 1; spell <= 8; spell++) {
      packs(SPELL, this::good);
      assertThat(packsUntilLost(this::cannotRead)).as("spell %d", spell).isEqualTo(2);
    }
  }

  @Test
  void oneGoodReadingNowAndThenAmongRubbishIsNoRhythm() {
    packs(SPELL, this::good);
    for (int i = 0; i < 8; i++) {
      assertThat(packsUntilLost(this::levelOutOfRange)).isEqualTo(2);
      packs(1, this::good);
    }
  }

  @Test
  void aChannelThatIsToldMoreSeldomFromNowOnIsWaitedForInTheEnd() throws Exception {
    packs(SPELL, this::good);
    for (int i = 0; i < 8; i++) {
      packs(29, () -> say("flow", Quality.GOOD));
      packs(1, this::good);
    }
    List<String> told = stage.messages();
    assertThat(told).startsWith("sensor raised 1", "sensor cleared 2");
    for (int i = 0; i < 8; i++) {
      packs(29, () -> say("flow", Quality.GOOD));
      packs(1, this::good);
    }
    assertThat(stage.messages()).hasSameSizeAs(told);
  }

  @Test
  void aChannelThatIsToldMoreOftenAgainIsMissedSoonerAfterSomeTime() {
    packs(2, this::good);
    for (int i = 0; i < 4; i++) {
      packs(29, () -> say("flow", Quality.GOOD));
      packs(1, this::good);
    }
    packs(2 * Rhythm.REMEMBERED, this::good);
    assertThat(packsUntilLost(() -> say("flow", Quality.GOOD))).isEqualTo(4);
  }

  @Test
  void theChannelsOfAnotherDeviceInTheSamePlaceAreNotMissed() throws Exception {
    packs(12, this::good);
    stage.follow(SECTIONS, "river");
    packs(12, () -> say("flow", Quality.GOOD));
    toldIs();
  }

  @Test
  void theLossOfTheDeviceBeforeIsOverOnceAllComesFromTheNext() throws Exception {
    packs(12, this::good);
    packs(12, () -> say("flow", Quality.GOOD));
    stage.follow(SECTIONS, "river");
    packs(1, () -> say("flow", Quality.GOOD));
    toldIs("sensor raised 1");
    packs(1, this::good);
    toldIs("sensor raised 1", "sensor cleared 2");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 120})
  void theDeviceBeforeIsForgottenAlsoAfterARestart(int packsUntilThen) throws Exception {
    packs(120, this::good);
    stage.follow(MOVED, "river");
    packs(packsUntilThen, () -> say("flow", Quality.GOOD));
    stage.restart(MOVED);
    packs(60, () -> say("flow", Quality.GOOD));
    toldIs();
  }

  @Test
  void twoMessagesThatCannotBeReadLoseNoChannelThatNeverCame() throws Exception {
    packs(12, () -> say("flow", Quality.GOOD));
    stage.seconds += 2;
    cannotRead();
    stage.seconds += 2;
    cannotRead();
    toldIs();
    packs(4, this::cannotRead);
    toldIs("sensor raised 1");
  }

  @Test
  void aSensorThatNeverSaidAnythingThatCanBeReadIsLost() throws Exception {
    packs(4, this::cannotRead);
    toldIs("sensor raised 1");
  }

  private static final String PUMP =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s,
         channels: [{quantity: level, unit: m}, {quantity: open}]}
      rules:
      - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      - {id: river-open, kind: contact, sensor: river, quantity: open, when: false}
      """;

  /** It is told when it changes: its age says nothing. */
  @Test
  void aFlagOfLongAgoIsNotLostByTwoMessagesThatCannotBeRead() throws Exception {
    stage.follow(PUMP);
    stage.flag("river", true);
    packs(60, () -> say("level", Quality.GOOD));
    stage.seconds += 2;
    cannotRead();
    stage.seconds += 2;
    cannotRead();
    toldIs();
    packs(4, this::cannotRead);
    toldIs("sensor raised 1");
    packs(1, () -> say("level", Quality.GOOD));
    assertThat(stage.messages()).as("it need not change for that").endsWith("sensor cleared 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"null", "{\"river\":null}", "{\"river\":{\"longestMillis\":{\"level\":null}}}"})
  void aNoteThatSaysNothingIsPassedOver(String note) throws Exception {
    assertThat(
            stage.store.append(
                List.of(), Map.of("alerts.rhythms", note.getBytes(StandardCharsets.UTF_8))))
        .isNotInstanceOf(Append.Refused.class);
    stage.restart();
    packs(12, this::good);
    packs(12, () -> say("flow", Quality.GOOD));
    toldIs("sensor raised 1");
  }
}
