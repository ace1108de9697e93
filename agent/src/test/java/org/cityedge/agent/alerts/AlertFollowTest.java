package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

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
}
