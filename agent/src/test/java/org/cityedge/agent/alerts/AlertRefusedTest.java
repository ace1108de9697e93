package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.cityedge.buffer.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of alerts while the store takes nothing. */
class AlertRefusedTest {
  private static final String SECTIONS =
      """
      sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
      rules:
        - {id: door-open, kind: contact, sensor: door, quantity: open, clear: 2s, coolDown: 0s}
      """;

  @TempDir Path folder;
  private AlertStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, SECTIONS);
  }

  @AfterEach
  void close() throws Exception {
    stage.close();
  }

  private void close(int seconds) {
    stage.pass(seconds, () -> stage.flag("door", false));
  }

  private static String id(int message, AlertStage stage) throws Exception {
    return stage.alerts().get(message).get("alertId").asText();
  }

  private void assertTold(String... states) throws Exception {
    assertThat(stage.alerts()).extracting(a -> a.get("state").asText()).containsExactly(states);
  }

  @Test
  void theEndOfOneIsToldAlthoughTheNextOneCameBeforeTheStoreTookIt() throws Exception {
    stage.flag("door", true);
    String first = id(0, stage);
    stage.store.full = true;
    close(4);
    stage.flag("door", true);
    stage.store.full = false;
    stage.tracker.tick();

    assertTold("raised", "cleared", "raised");
    assertThat(id(1, stage)).isEqualTo(first);
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.restart();
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    assertThat(stage.say(first, "closed")).isInstanceOf(Handled.Taken.class);
  }

  @Test
  void theNextOneStaysOpenWhenTheStoreTakesItBeforeTheEndOfTheFirst() throws Exception {
    stage.flag("door", true);
    stage.store.full = true;
    close(4);
    stage.store.full = false;
    stage.flag("door", true);
    stage.tracker.tick();

    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.restart();
    assertThat(stage.tracker.openCount()).isEqualTo(1);
  }

  @Test
  void oneThatIsOverIsNotOpenAgainBecauseItWasSpokenOfMeanwhile() throws Exception {
    stage.flag("door", true);
    stage.store.full = true;
    close(4);
    assertThat(stage.say(id(0, stage), "accepted")).isInstanceOf(Handled.Taken.class);
    stage.store.full = false;
    stage.tracker.tick();
    stage.restart();

    assertThat(stage.tracker.openCount()).isZero();
    assertTold("raised", "cleared");
  }

  @Test
  void theListThatABrokerHasLostIsToldOnceTheStoreTakesItAgain() throws Exception {
    stage.flag("door", true);
    stage.pass(2, () -> {});
    int lists = stage.payloads(Lane.ALERT, "/alert-active").size();
    stage.store.full = true;
    stage.tracker.republishActive();
    stage.pass(2, () -> {});
    stage.store.full = false;
    stage.pass(2, () -> {});
    assertThat(stage.payloads(Lane.ALERT, "/alert-active")).hasSize(lists + 1);
  }
}
