package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import org.cityedge.config.ConfigException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of one incident are witnesses of one alert. */
class IncidentTest {
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
  void twoWitnessesOfOnePlaceMakeOneAlertThatIsSurerAndMoreSevere() throws Exception {
    stage.pass(7, () -> stage.smoke("cam-1", 0.6));
    JsonNode seen = stage.last();
    assertThat(seen.get("severity").asText()).isEqualTo("Moderate");
    assertThat(seen.get("certainty").asText()).isEqualTo("Possible");
    stage.flag("detector", true);
    JsonNode both = stage.last();
    assertThat(both.get("alertId")).isEqualTo(seen.get("alertId"));
    assertThat(both.get("state").asText()).isEqualTo("updated");
    assertThat(both.get("severity").asText()).isEqualTo("Extreme");
    assertThat(both.get("certainty").asText()).isEqualTo("Observed");
    assertThat(both.get("confidence").asDouble()).isEqualTo(1);
    assertThat(both.at("/why/rule").asText()).isEqualTo("smoke-1");
    assertThat(both.at("/why/with/0").asText()).isEqualTo("detector-1");
    // One of them alone does not end it.
    stage.flag("detector", false);
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.pass(61, () -> stage.smoke("cam-1", 0));
    assertThat(stage.messages().getLast()).startsWith("smoke cleared");
  }

  @Test
  void isAsSevereAsTheOtherWitnessWhoReopensIt() throws Exception {
    stage.pass(7, () -> stage.smoke("cam-1", 0.6));
    stage.pass(61, () -> stage.smoke("cam-1", 0));
    JsonNode first = stage.last();
    assertThat(first.get("state").asText()).isEqualTo("cleared");
    stage.flag("detector", true);
    JsonNode again = stage.last();
    assertThat(again.get("alertId")).isEqualTo(first.get("alertId"));
    assertThat(again.get("reopened").asInt()).isEqualTo(1);
    assertThat(again.get("severity").asText()).isEqualTo("Extreme");
    assertThat(again.get("confidence").asDouble()).isEqualTo(1);
  }

  @Test
  void bothWitnessesAreTakenUpAfterARestart() throws Exception {
    stage.pass(7, () -> stage.smoke("cam-1", 0.6));
    stage.flag("detector", true);
    stage.restart();
    assertThat(stage.last().get("resumed").asBoolean()).isTrue();
    stage.flag("detector", false);
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.pass(61, () -> stage.smoke("cam-1", 0));
    assertThat(stage.tracker.openCount()).isZero();
  }

  @Test
  void rulesOfOneIncidentRaiseOneKind() {
    String wrong = House.SECTIONS.replace("raises: smoke, ", "");
    assertThatThrownBy(() -> AlertStage.config(folder, wrong))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems().getFirst().message())
                    .contains("all rules of an incident must raise one kind"));
  }

  /** The alert names them all, and its schema has a bound. */
  @Test
  void anIncidentHasNoMoreRulesThanItsAlertCanName() throws Exception {
    assertThat(AlertStage.config(folder, rulesOfAnIncident(33)).rules()).hasSize(34);
    assertThatThrownBy(() -> AlertStage.config(folder, rulesOfAnIncident(35)))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems())
                    .singleElement()
                    .satisfies(
                        problem ->
                            assertThat(problem.message())
                                .contains("\"hall\" has more than 33 rules")));
  }

  private static String rulesOfAnIncident(int rules) {
    StringBuilder text =
        new StringBuilder(
            "sensors: [{id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}]\nrules:\n");
    for (int i = 0; i < rules; i++) {
      text.append(
          "- {id: r-%d, kind: contact, sensor: door, quantity: open, incident: hall}\n"
              .formatted(i));
    }
    return text.toString();
  }

  @Test
  void whoReopensItIsAWitnessOfWhatTheFirstOneRaised() throws Exception {
    stage.pass(7, () -> stage.smoke("cam-1", 0.6));
    stage.pass(61, () -> stage.smoke("cam-1", 0));
    stage.flag("detector", true);
    JsonNode again = stage.last();
    assertThat(again.get("reopened").asInt()).isEqualTo(1);
    assertThat(again.at("/why/rule").asText()).isEqualTo("smoke-1");
    assertThat(again.at("/why/with/0").asText()).isEqualTo("detector-1");
    assertThat(again.at("/why/camera").asText()).isEqualTo("cam-1");
    assertThat(again.at("/why/detector").asText()).isEqualTo("test/1");
    assertThat(again.get("why").has("sensors")).isFalse();
    assertThat(again.get("certainty").asText()).isEqualTo("Observed");
    stage.say(again.get("alertId").asText(), "false_positive");
    assertThat(stage.tracker.verdicts()).containsOnly(Map.entry("cam-1", new Verdicts(1, 1)));
  }
}
