package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.alerts.House.openAndClose;
import static org.cityedge.agent.alerts.House.raisedDoor;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the centre or the operator says of an alert, and what is asked while nobody accepts it. */
class AlertHandledTest {
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
  void carriesWhatTheCentreSays() throws Exception {
    String id = raisedDoor(stage);
    assertThat(stage.say(id, OptionalInt.of(1), "accepted"))
        .isEqualTo(new Handled.Taken(2, "updated"));
    JsonNode told = stage.last();
    assertThat(told.at("/handling/state").asText()).isEqualTo("accepted");
    assertThat(told.at("/handling/by").asText()).isEqualTo("duty-3");
    assertThat(told.at("/handling/case").asText()).isEqualTo("C-17");
    // Delivered twice, told once.
    assertThat(stage.say(id, "accepted")).isEqualTo(new Handled.Known(2, "updated"));
    // Said of an older message, and no less true.
    assertThat(stage.say(id, OptionalInt.of(1), "dispatched"))
        .isEqualTo(new Handled.Taken(3, "updated"));
    assertThat(stage.messages())
        .containsExactly("sensor raised 1", "sensor updated 2", "sensor updated 3");
  }

  @Test
  void goesOnWithACaseAfterItsAlertIsOverAndAfterARestart() throws Exception {
    String id = raisedDoor(stage);
    stage.flag("door", false);
    stage.restart();
    assertThat(stage.say(id, "feedback")).isEqualTo(new Handled.Taken(3, "cleared"));
    assertThat(stage.say(id, "closed")).isEqualTo(new Handled.Taken(4, "cleared"));
    assertThat(stage.last().at("/handling/state").asText()).isEqualTo("closed");
    assertThat(stage.last().get("reason").asText()).isEqualTo("condition_gone");
    assertThat(stage.say("01JWN8Z3T0K5V9Q2R7B4C6D8E1", "accepted"))
        .isEqualTo(new Handled.Unknown());
  }

  @Test
  void forgetsTheOldestOfTheAlertsThatAreOver() throws Exception {
    String first = raisedDoor(stage);
    stage.flag("door", false);
    for (int i = 0; i < OpenAlerts.MAX_PAST; i++) {
      stage.seconds += 3600;
      openAndClose(stage);
    }
    assertThat(stage.say(first, "closed")).isEqualTo(new Handled.Unknown());
    String newest = stage.last().get("alertId").asText();
    assertThat(stage.say(newest, "closed")).isInstanceOf(Handled.Taken.class);
  }

  @Test
  void aFalsePositiveIsCancelledAndNotRaisedAgainUntilItsConditionWasGone() throws Exception {
    String id = raisedDoor(stage);
    assertThat(stage.say(id, "false_positive")).isEqualTo(new Handled.Taken(2, "cancelled"));
    assertThat(stage.last().get("reason").asText()).isEqualTo("false_positive");
    stage.pass(300, () -> stage.flag("door", true));
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor cancelled 2");
    assertThat(stage.tracker.openCount()).isZero();
    stage.flag("door", false);
    stage.flag("door", true);
    assertThat(stage.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
    assertThat(stage.last().get("alertId").asText()).isNotEqualTo(id);
    assertThat(stage.tracker.verdicts()).containsEntry("door", new Verdicts(2, 1));
    stage.restart();
    assertThat(stage.tracker.verdicts()).containsEntry("door", new Verdicts(2, 1));
  }

  @Test
  void whatTheCentreCalledNothingIsNotRaisedAgainAfterARestart() throws Exception {
    stage.say(raisedDoor(stage), "false_positive");
    stage.restart();
    stage.pass(300, () -> stage.flag("door", true));
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor cancelled 2");
    stage.restart();
    stage.flag("door", false);
    stage.flag("door", true);
    assertThat(stage.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
  }

  @Test
  void whatTheOperatorClearedIsNotRaisedAgainAfterARestart() throws Exception {
    stage.tracker.clear(raisedDoor(stage));
    stage.restart();
    stage.flag("door", true);
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aRestartSilencesNothingThatWasGoneBefore() throws Exception {
    stage.say(raisedDoor(stage), "false_positive");
    stage.restart();
    stage.pass(2, () -> stage.flag("door", false));
    stage.restart();
    stage.flag("door", true);
    assertThat(stage.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
  }

  @Test
  void doesNotCancelWhatHasChangedSinceTheCentreLooked() throws Exception {
    String id = raisedDoor(stage);
    stage.say(id, "accepted");
    assertThat(stage.say(id, OptionalInt.of(1), "false_positive"))
        .isEqualTo(new Handled.Older(2, "updated"));
    assertThat(stage.say(id, OptionalInt.of(2), "false_positive"))
        .isEqualTo(new Handled.Taken(3, "cancelled"));
  }

  @Test
  void theCentresWordAndAReopeningAtOnceAreTwoMessages() throws Exception {
    String id = raisedDoor(stage);
    stage.flag("door", false);
    Thread opens = new Thread(() -> stage.flag("door", true));
    stage.store.next =
        () -> {
          opens.start();
          long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
          while (opens.getState() != Thread.State.BLOCKED && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
          }
        };
    assertThat(stage.say(id, "accepted")).isEqualTo(new Handled.Taken(3, "cleared"));
    opens.join();
    assertThat(stage.messages())
        .containsExactly(
            "sensor raised 1", "sensor cleared 2", "sensor cleared 3", "sensor updated 4");
    assertThat(stage.last().at("/handling/state").asText()).isEqualTo("accepted");
  }

  @Test
  void asksTheCentreAgainThreeTimesUntilItAccepts() throws Exception {
    String id = raisedDoor(stage);
    stage.pass(119, () -> {});
    assertThat(stage.alerts()).hasSize(1);
    stage.pass(1, () -> {});
    assertThat(stage.last().get("escalation").asInt()).isEqualTo(1);
    stage.pass(600, () -> {});
    assertThat(stage.alerts()).hasSize(4);
    assertThat(stage.last().get("escalation").asInt()).isEqualTo(3);
    stage.say(id, "accepted");
    stage.pass(600, () -> {});
    assertThat(stage.alerts()).hasSize(5);
  }

  @Test
  void asksAgainForWhatCameBackOnceTheTimeToAcceptHasPassedAnew() throws Exception {
    raisedDoor(stage);
    stage.pass(100, () -> {});
    stage.flag("door", false);
    stage.pass(30, () -> {});
    stage.flag("door", true);
    stage.pass(119, () -> {});
    assertThat(stage.messages())
        .containsExactly("sensor raised 1", "sensor cleared 2", "sensor updated 3");
    stage.pass(1, () -> {});
    assertThat(stage.last().get("escalation").asInt()).isEqualTo(1);
  }

  @Test
  void doesNotAskAgainForWhatIsAccepted() throws Exception {
    stage.say(raisedDoor(stage), "accepted");
    stage.pass(600, () -> {});
    assertThat(stage.alerts()).hasSize(2);
  }
}
