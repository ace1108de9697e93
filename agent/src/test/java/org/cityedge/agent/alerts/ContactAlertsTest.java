package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Contacts tell their edges, and else once in minutes or hours: in between they are as they were.
 */
class ContactAlertsTest {
  @TempDir Path folder;

  private AlertStage stage(String times) throws Exception {
    return new AlertStage(
        folder,
        """
        sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open, period: 1h}
        rules:
        - {id: door-open, kind: contact, sensor: door, quantity: open%s}
        """
            .formatted(times));
  }

  private static void nothing() {}

  @Test
  void aShortPulseIsClearedWithoutAnotherReading() throws Exception {
    try (AlertStage s = stage("")) {
      s.flag("door", true);
      s.seconds++;
      s.flag("door", false);
      s.pass(1, ContactAlertsTest::nothing);
      assertThat(s.messages()).containsExactly("sensor raised 1");
      s.pass(4, ContactAlertsTest::nothing);
      assertThat(s.messages()).containsExactly("sensor raised 1", "sensor cleared 2");
    }
  }

  @Test
  void aDoorThatStaysOpenIsRaisedAfterItsHoldTimeWithoutAnotherReading() throws Exception {
    try (AlertStage s = stage(", hold: 30s")) {
      s.flag("door", true);
      s.pass(29, ContactAlertsTest::nothing);
      assertThat(s.messages()).isEmpty();
      s.pass(2, ContactAlertsTest::nothing);
      assertThat(s.messages()).containsExactly("sensor raised 1");
      assertThat(s.last().at("/why/observations").asInt()).isEqualTo(1);
      assertThat(s.last().get("onset").asText()).startsWith("2026-06-01T08:30:00");
      s.tracker.delivered(s.last().get("alertId").asText() + "-1");
      assertThat(s.tracker.reporting().longestMs())
          .as("from when it was confirmed")
          .isLessThan(2000);
    }
  }

  @Test
  void aDoorThatWasShutInBetweenBeginsItsHoldTimeAnew() throws Exception {
    try (AlertStage s = stage(", hold: 30s")) {
      s.flag("door", true);
      s.pass(20, ContactAlertsTest::nothing);
      s.flag("door", false);
      s.flag("door", true);
      s.pass(20, ContactAlertsTest::nothing);
      assertThat(s.messages()).isEmpty();
      s.pass(11, ContactAlertsTest::nothing);
      assertThat(s.messages()).containsExactly("sensor raised 1");
      assertThat(s.last().get("onset").asText()).startsWith("2026-06-01T08:30:20");
    }
  }

  @Test
  void aDropOfAMomentClearsNothing() throws Exception {
    try (AlertStage s = stage("")) {
      s.flag("door", true);
      s.seconds += 600; // no tick either: the clear time begins when it is first seen shut
      s.flag("door", false);
      s.flag("door", true);
      s.pass(10, ContactAlertsTest::nothing);
      assertThat(s.messages()).noneMatch(message -> message.contains("cleared"));
      assertThat(s.tracker.openCount()).isEqualTo(1);
    }
  }

  @Test
  void oneReadingClearsWhatWasOpenBeforeARestart() throws Exception {
    try (AlertStage s = stage("")) {
      s.flag("door", true);
      s.restart();
      s.flag("door", false);
      s.pass(5, ContactAlertsTest::nothing);
      assertThat(s.messages()).endsWith("sensor cleared 3");
    }
  }

  @Test
  void aDoorThatIsLeftOpenIsRaisedWhenItsHoursBegin() throws Exception {
    try (AlertStage s = stage(", hours: [\"mon-sun 09:00-17:00\"]")) {
      s.flag("door", true);
      s.pass(Math.toIntExact(Duration.ofMinutes(29).toSeconds()), ContactAlertsTest::nothing);
      assertThat(s.messages()).isEmpty();
      s.pass(Math.toIntExact(Duration.ofMinutes(2).toSeconds()), ContactAlertsTest::nothing);
      assertThat(s.messages()).containsExactly("sensor raised 1");
      assertThat(s.last().get("onset").asText()).startsWith("2026-06-01T09:00:00");
    }
  }

  /** What was last seen is worth nothing once its source is missed. */
  @Test
  void nobodyKnowsHowAContactIsThatIsMissed() throws Exception {
    try (AlertStage s = stage(", hold: 30s")) {
      s.flag("door", true);
      s.pass(10, ContactAlertsTest::nothing);
      s.tracker.accept(
          new Sample.Missed(
              "door",
              s.clock.instant(),
              Duration.ofSeconds(s.seconds).toNanos(),
              new Fault(Fault.Kind.HARDWARE, "the chip is gone")));
      s.pass(60, ContactAlertsTest::nothing);
      assertThat(s.messages()).containsExactly("sensor raised 1");
      assertThat(s.last().at("/why/rule").asText()).isEqualTo("door.lost");
      s.flag("door", true, Quality.STALE);
      s.pass(60, ContactAlertsTest::nothing);
      assertThat(s.messages()).hasSize(1);
    }
  }

  private static void malformed(AlertStage s) {
    s.tracker.accept(
        new Sample.Missed(
            "door",
            s.clock.instant(),
            Duration.ofSeconds(s.seconds).toNanos(),
            new Fault(Fault.Kind.MALFORMED, "no JSON")));
  }

  @Test
  void aDoorThatIsNotInAMessageStandsOpenBesideAChannelThatCannotBeRead() throws Exception {
    try (AlertStage s = stage(", hold: 30s")) {
      s.flag("door", true);
      s.pass(
          32,
          () ->
              s.tracker.accept(
                  new Sample.Missed(
                      "door",
                      s.clock.instant(),
                      Duration.ofSeconds(s.seconds).toNanos(),
                      new Fault(Fault.Kind.MALFORMED, "no number", Optional.of("battery")))));
      assertThat(s.messages()).containsExactly("sensor raised 1");
    }
  }

  @Test
  void aDoorStandsOpenBesideAChannelThatCanNeverBeRead() throws Exception {
    try (AlertStage s = stage(", hold: 30s")) {
      s.pass(
          32,
          () -> {
            malformed(s);
            s.flag("door", true);
          });
      assertThat(s.messages()).containsExactly("sensor raised 1");
    }
  }

  @Test
  void nobodyKnowsHowAContactIsThatIsNotInWhatCanBeRead() throws Exception {
    try (AlertStage s = stage(", hold: 30s")) {
      s.flag("door", true);
      s.pass(10, ContactAlertsTest::nothing);
      malformed(s);
      s.pass(60, ContactAlertsTest::nothing);
      assertThat(s.messages()).isEmpty();
    }
  }
}
