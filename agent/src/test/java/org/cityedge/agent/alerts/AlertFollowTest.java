package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of alerts and of what rules have seen, when the configuration changes beneath. */
class AlertFollowTest {
  private static final String HATCH =
      "- {id: hatch-open, kind: contact, sensor: hatch, quantity: open, hold: 5s, clear: 10s}\n";

  @TempDir Path folder;

  private static String document(String... rules) {
    return """
        sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
        - {id: hatch, type: contact, chip: sim, simFile: /tmp/hatch, quantity: open}
        rules:
        """
        + String.join("", rules);
  }

  private static String door(String hold) {
    return "- {id: door-open, kind: contact, sensor: door, quantity: open, hold: %s, clear: 10s}\n"
        .formatted(hold);
  }

  @Test
  void aRuleThatStaysKeepsWhatItHasSeen() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1s"), HATCH))) {
      s.pass(4, () -> s.flag("hatch", true));
      s.follow(document(door("30s"), HATCH));
      s.pass(2, () -> s.flag("hatch", true));
      assertThat(s.messages()).containsExactly("sensor raised 1");
    }
  }

  @Test
  void aChangedRuleKnowsHowItsContactIs() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1h")))) {
      s.flag("door", true);
      s.pass(4, () -> {});
      s.follow(document(door("3s")));
      s.pass(5, () -> {});
      assertThat(s.messages()).containsExactly("sensor raised 1");
    }
  }

  @Test
  void aNewRuleKnowsHowItsContactIs() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(HATCH))) {
      s.flag("door", true);
      s.follow(document(HATCH, door("3s")));
      s.pass(5, () -> {});
      assertThat(s.messages()).containsExactly("sensor raised 1");
    }
  }

  @Test
  void aChangedRuleKnowsNothingOfAContactThatIsBegunAnew() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1h")))) {
      s.flag("door", true);
      s.follow(document(door("3s")), "door");
      s.pass(5, () -> {});
      assertThat(s.messages()).isEmpty();
    }
  }

  @Test
  void aChangedRuleKnowsOfAnEdgeThatComesDuringItsOrder() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1h"), HATCH))) {
      s.flag("door", false);
      s.pass(7, () -> s.flag("hatch", true));
      // The hatch's alert expires with its rule.
      s.store.next = () -> s.flag("door", true);
      s.follow(document(door("3s")));
      s.pass(5, () -> {});
      assertThat(s.messages())
          .containsExactly("sensor raised 1", "sensor expired 2", "sensor raised 1");
    }
  }

  @Test
  void anOpenAlertOfARuleThatStaysIsNotToldAgain() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1s"), HATCH))) {
      s.pass(2, () -> s.flag("door", true));
      s.follow(document(door("1s")));
      assertThat(s.messages()).containsExactly("sensor raised 1");
      s.pass(12, () -> s.flag("door", false));
      assertThat(s.messages()).containsExactly("sensor raised 1", "sensor cleared 2");
    }
  }

  @Test
  void whatTheCentreCalledNothingIsNotRaisedByTheChangedRule() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1s")))) {
      s.pass(2, () -> s.flag("door", true));
      s.say(s.last().get("alertId").asText(), "false_positive");
      s.follow(document(door("2s")));
      s.pass(10, () -> s.flag("door", true));
      assertThat(s.messages()).containsExactly("sensor raised 1", "sensor cancelled 2");
      s.pass(12, () -> s.flag("door", false));
      s.pass(4, () -> s.flag("door", true));
      assertThat(s.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
    }
  }

  @Test
  void aRuleThatIsNewKnowsNothingOfTheCentresWordOnAnother() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1s")))) {
      s.pass(2, () -> s.flag("door", true));
      s.say(s.last().get("alertId").asText(), "false_positive");
      s.follow(document(HATCH));
      s.follow(document(door("1s")));
      s.pass(3, () -> s.flag("door", true));
      assertThat(s.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
    }
  }

  @Test
  void anOpenAlertIsTakenUpByTheChangedRuleOfItsId() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1s")))) {
      s.pass(2, () -> s.flag("door", true));
      String id = s.last().get("alertId").asText();
      s.follow(document(door("20s")));
      assertThat(s.messages()).containsExactly("sensor raised 1", "sensor updated 2");
      assertThat(s.last().path("resumed").asBoolean()).isTrue();
      s.pass(5, () -> s.flag("door", true));
      assertThat(s.say(id, "accepted")).isEqualTo(new Handled.Taken(3, "updated"));
      s.pass(12, () -> s.flag("door", false));
      assertThat(s.last().get("state").asText()).isEqualTo("cleared");
      assertThat(s.last().get("alertId").asText()).isEqualTo(id);
      assertThat(s.tracker.openCount()).isZero();
    }
  }

  @Test
  void anOpenAlertWhoseRuleIsGoneExpires() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(door("1s"), HATCH))) {
      s.pass(2, () -> s.flag("door", true));
      s.follow(document(HATCH));
      assertThat(s.messages()).containsExactly("sensor raised 1", "sensor expired 2");
      s.pass(5, () -> s.flag("door", true));
      assertThat(s.messages()).hasSize(2);
      assertThat(s.tracker.openCount()).isZero();
    }
  }

  @Test
  void aNewRuleLooksFromThenOn() throws Exception {
    try (AlertStage s = new AlertStage(folder, document(HATCH))) {
      s.pass(5, () -> s.flag("door", true));
      s.follow(document(HATCH, door("3s")));
      s.pass(4, () -> s.flag("door", true));
      assertThat(s.messages()).isEqualTo(List.of("sensor raised 1"));
      assertThat(s.last().get("why").get("rule").asText()).isEqualTo("door-open");
    }
  }

  private static final String RIVER =
      """
      sensors:
      - {id: river, type: coap, uri: "coap://h/level", security: none, period: 10s, channels: [{quantity: level, unit: m}]}
      rules:
      - {id: river-low, kind: threshold, sensor: river, quantity: level, below: -5}
      """;

  private static final String RISING =
      "- {id: river-rises, kind: rate, sensor: river, quantity: level, change: 1, within: 60s}\n";

  @Test
  void theLossOfASensorThatWasDeadBeforeItsFirstRuleIsRaised() throws Exception {
    String unwatched = RIVER.substring(0, RIVER.indexOf("rules:"));
    try (AlertStage s = new AlertStage(folder, unwatched)) {
      s.pass(60, () -> {});
      s.follow(RIVER);
      s.pass(60, () -> {});
      assertThat(s.messages()).containsExactly("sensor raised 1");
      assertThat(s.last().at("/why/rule").asText()).isEqualTo("river.lost");
      s.number("river", 2);
      assertThat(s.messages()).endsWith("sensor cleared 2");
    }
  }

  @Test
  void anotherTimeToAcceptLeavesWhatRulesHaveSeen() throws Exception {
    try (AlertStage s = new AlertStage(folder, RIVER + RISING)) {
      s.number("river", 1);
      s.pass(1, () -> s.number("river", 3));
      assertThat(s.messages()).containsExactly("sensor raised 1");
      s.follow(RIVER + RISING + "alerts: {acceptWithin: 40s}\n");
      s.pass(30, () -> s.number("river", 3));
      assertThat(s.messages()).containsExactly("sensor raised 1");
      s.pass(15, () -> s.number("river", 3));
      assertThat(s.last().path("escalation").asInt()).isEqualTo(1);
    }
  }

  private static final String HALL =
      """
      sensors:
      - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
      cameras:
      - {id: cam-1, source: "rtsp://h/1", detect: [smoke]}
      - {id: cam-2, source: "rtsp://h/2", detect: [smoke]}
      rules:
      - {id: detector-1, kind: contact, sensor: door, quantity: open, raises: smoke, incident: hall}
      - {id: smoke-2, kind: smoke, camera: cam-2, incident: hall, hold: 0s}
      """;

  private static final String SMOKE = "- {id: smoke-1, kind: smoke, camera: cam-1, hold: 0s}\n";
  private static final String IN_THE_HALL = SMOKE.replace("hold", "incident: hall, hold");

  @Test
  void anAlertWhoseRuleIsGoneIsOfTheFirstThatSawItAsWell() throws Exception {
    try (AlertStage s = new AlertStage(folder, HALL + IN_THE_HALL)) {
      s.smoke("cam-1", 0.6);
      s.smoke("cam-2", 0.6);
      assertThat(s.last().at("/why/rule").asText()).isEqualTo("smoke-1");
      s.follow(HALL);
      s.pass(61, () -> s.smoke("cam-2", 0.6));
      JsonNode later = s.last();
      assertThat(later.get("rev").asInt()).isEqualTo(4);
      assertThat(later.at("/why/rule").asText()).isEqualTo("smoke-2");
      assertThat(later.at("/why/camera").asText()).isEqualTo("cam-2");
      assertThat(later.at("/why/observations").asInt()).isPositive();
      assertThat(later.get("why").has("sensors")).isFalse();
      assertThat(later.get("certainty").asText())
          .as("no sensor has seen it")
          .isNotEqualTo("Observed");
      assertThat(later.get("confidence").asDouble()).isEqualTo(0.84);
    }
  }

  @Test
  void anOpenAlertGoesIntoTheIncidentOfItsRuleAndOutOfIt() throws Exception {
    try (AlertStage s = new AlertStage(folder, HALL + SMOKE)) {
      s.smoke("cam-1", 0.6);
      String id = s.last().get("alertId").asText();
      s.say(id, "accepted");
      s.follow(HALL + IN_THE_HALL);
      s.smoke("cam-1", 0.6);
      assertThat(s.messages()).endsWith("smoke updated 2", "smoke updated 3");
      assertThat(s.last().at("/handling/state").asText()).isEqualTo("accepted");
      s.smoke("cam-2", 0.6);
      assertThat(s.last().at("/why/with/0").asText()).isEqualTo("smoke-2");
      s.restart(HALL + IN_THE_HALL);
      assertThat(s.tracker.openAlerts()).hasSize(1);
      assertThat(s.messages()).endsWith("smoke updated 5");
      s.follow((HALL + IN_THE_HALL).replace("hall", "attic"));
      s.restart(HALL + SMOKE);
      s.smoke("cam-1", 0.6);
      assertThat(s.last().get("alertId").asText()).isEqualTo(id);
      assertThat(s.tracker.openAlerts()).hasSize(1);
      s.say(id, "in_progress");
      assertThat(s.last().at("/handling/state").asText()).isEqualTo("in_progress");
    }
  }

  @Test
  void ofTwoAlertsThatComeIntoOneIncidentItsOwnStays() throws Exception {
    try (AlertStage s = new AlertStage(folder, HALL + SMOKE)) {
      s.smoke("cam-1", 0.6);
      s.smoke("cam-2", 0.6);
      String own = s.last().get("alertId").asText();
      s.follow(HALL + IN_THE_HALL);
      assertThat(s.tracker.openAlerts()).extracting(Alert::alertId).containsExactly(own);
      assertThat(s.messages()).containsOnlyOnce("smoke expired 2");
      s.restart(HALL + IN_THE_HALL);
      assertThat(s.tracker.openAlerts()).extracting(Alert::alertId).containsExactly(own);
    }
  }

  @Test
  void whatTheCentreCalledNothingStaysSoInAnotherIncident() throws Exception {
    try (AlertStage s = new AlertStage(folder, HALL + SMOKE)) {
      s.smoke("cam-1", 0.6);
      s.say(s.last().get("alertId").asText(), "false_positive");
      s.follow(HALL + IN_THE_HALL);
      s.pass(3, () -> s.smoke("cam-1", 0.6));
      s.restart(HALL + IN_THE_HALL);
      s.pass(3, () -> s.smoke("cam-1", 0.6));
      s.restart(HALL + SMOKE);
      s.pass(3, () -> s.smoke("cam-1", 0.6));
      assertThat(s.messages()).containsExactly("smoke raised 1", "smoke cancelled 2");
      s.pass(62, () -> s.smoke("cam-1", 0));
      s.smoke("cam-1", 0.6);
      assertThat(s.messages()).endsWith("smoke raised 1");
    }
  }

  /** The first of the two is stored in the place of the second, which is not stored in its own. */
  @Test
  void aCrashWhileTwoAlertsChangePlacesLosesNeither() throws Exception {
    String sections = document(contact("door", "east"), contact("hatch", "west"));
    String swapped = document(contact("door", "west"), contact("hatch", "east"));
    try (AlertStage s = new AlertStage(folder, sections)) {
      s.flag("door", true);
      s.flag("hatch", true);
      s.store.next = () -> s.store.next = () -> s.store.full = true;
      s.follow(swapped);
      assertThat(s.store.full).isTrue();
      s.restart(swapped);
      assertThat(s.tracker.openAlerts())
          .extracting(alert -> alert.why().rule())
          .containsExactlyInAnyOrder("door-open", "hatch-open");
      s.restart(swapped);
      s.flag("door", false);
      s.flag("hatch", false);
      assertThat(s.messages().stream().filter(message -> message.contains("cleared"))).hasSize(2);
      assertThat(s.tracker.openCount()).isZero();
      s.restart(swapped);
      assertThat(s.tracker.openCount()).isZero();
    }
  }

  private static String contact(String sensor, String incident) {
    return "- {id: %s-open, kind: contact, sensor: %s, quantity: open, incident: %s, hold: 0s, clear: 0s}\n"
        .formatted(sensor, sensor, incident);
  }
}
