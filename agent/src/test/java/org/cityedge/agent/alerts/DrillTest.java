package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.junit.jupiter.api.Test;

/** An alert by hand, which walks the whole way and is never taken for a real one. */
class DrillTest extends OnStage {
  private static final String SECTIONS =
      """
      sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
        - {id: river, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: m}]}
      cameras:
        - {id: cam-1, source: "rtsp://h/1", detect: [smoke], gb28181: "51010800001320000001"}
      rules:
        - {id: smoke-1, kind: smoke, camera: cam-1}
        - {id: door-open, kind: contact, sensor: door, quantity: open, clear: 0s}
        - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3.5}
      alerts: {acceptWithin: 1m}
      """;

  DrillTest() {
    super(SECTIONS);
  }

  private Drill.Answer drill(String rule, int seconds) {
    return stage.tracker.drill(
        new Drill.Order(Optional.of(rule), Optional.empty(), Duration.ofSeconds(seconds)));
  }

  private Drill.Answer drill(Rule.Kind kind) {
    return stage.tracker.drill(
        new Drill.Order(Optional.empty(), Optional.of(kind), Duration.ofSeconds(60)));
  }

  private void nothing() {}

  @Test
  void reachesTheCentreAsAnExerciseAndEndsByItself() throws Exception {
    assertThat(drill("river-high", 30)).isEqualTo(new Drill.Answer.Begun());
    stage.pass(1, this::nothing);
    JsonNode raised = stage.last();
    assertThat(raised.get("status").asText()).isEqualTo("Exercise");
    assertThat(raised.get("headline").asText()).startsWith("演练：");
    assertThat(raised.get("kind").asText()).isEqualTo("sensor");
    assertThat(raised.at("/why/value").asDouble()).isEqualTo(3.5);
    assertThat(stage.tracker.drilling()).contains(raised.get("alertId").asText());
    stage.tracker.delivered(raised.get("alertId").asText() + "-1");
    stage.pass(30, this::nothing);
    toldIs("sensor raised 1", "sensor cleared 2");
    assertThat(stage.last().get("reason").asText()).isEqualTo("timeout");
    assertThat(stage.last().get("status").asText()).isEqualTo("Exercise");
    assertThat(stage.last().has("reportedMs")).isTrue();
    assertThat(stage.tracker.drilling()).isEmpty();
    assertThat(stage.tracker.verdicts()).as("counts among nobody's alerts").isEmpty();
    assertThat(stage.tracker.raised()).isEmpty();
  }

  @Test
  void waitsForItsCamerasNextPicture() throws Exception {
    drill(Rule.Kind.SMOKE);
    stage.pass(1, this::nothing);
    toldIs();
    stage.smoke("cam-1", 0);
    JsonNode raised = stage.last();
    assertThat(raised.at("/popup/gb28181").asText()).isEqualTo("51010800001320000001");
    // The stage's camera has no picture to give, and says why: it was asked.
    assertThat(raised.at("/evidence/0/type").asText()).isEqualTo("image/jpeg");
    assertThat(raised.at("/evidence/0/withheld").asText()).isEqualTo("a test has none");
  }

  /** Nobody has confirmed what a detector may suspect in that picture. */
  @Test
  void sparesNoSmokeInItsPicture() throws Exception {
    drill(Rule.Kind.SMOKE);
    stage.pass(1, this::nothing);
    stage.smoke(
        "cam-1",
        0,
        new Witness() {
          @Override
          public Picture get() {
            throw new AssertionError("a picture that spares smoke was asked for");
          }

          @Override
          public Witness strict() {
            return () -> new Picture.Withheld("strictly");
          }
        });
    assertThat(stage.last().at("/evidence/0/withheld").asText()).isEqualTo("strictly");
  }

  @Test
  void isRaisedWithoutAPictureWhenItsCameraGivesNone() throws Exception {
    drill(Rule.Kind.SMOKE);
    stage.pass(2, this::nothing);
    toldIs();
    stage.pass(1, this::nothing);
    toldIs("smoke raised 1");
  }

  @Test
  void isHandledAndEscalatedAsAnyOther() throws Exception {
    drill("door-open", 300);
    stage.pass(62, this::nothing);
    assertThat(stage.last().get("escalation").asInt()).isEqualTo(1);
    String id = stage.last().get("alertId").asText();
    assertThat(stage.say(id, "accepted")).isEqualTo(new Handled.Taken(3, "updated"));
    stage.pass(100, this::nothing);
    assertThat(stage.messages()).hasSize(3);
    stage.say(id, "false_positive");
    assertThat(stage.last().get("state").asText()).isEqualTo("cancelled");
    stage.pass(300, this::nothing);
    assertThat(stage.messages()).as("the centre ended it").hasSize(4);
    assertThat(stage.tracker.verdicts()).isEmpty();
  }

  @Test
  void isClearedByTheCentreAsAnyOther() throws Exception {
    drill("door-open", 300);
    stage.pass(1, this::nothing);
    String id = stage.last().get("alertId").asText();
    assertThat(stage.tracker.clear(id)).contains(new Handled.Taken(2, "cleared"));
    assertThat(stage.last().get("reason").asText()).isEqualTo("operator");
    stage.pass(1, this::nothing);
    assertThat(stage.tracker.drilling()).isEmpty();
    stage.flag("door", true);
    assertThat(stage.messages()).as("nothing is silenced by it").endsWith("sensor raised 1");
  }

  @Test
  void itsHeadlineIsCutToWhatAMessageMayHave() throws Exception {
    String longest = "门".repeat(128);
    stage.follow(
        SECTIONS.replace("sensor: door,", "sensor: door, headline: \"%s\",".formatted(longest)));
    drill("door-open", 60);
    stage.pass(1, this::nothing);
    assertThat(stage.last().get("headline").asText()).isEqualTo("演练：" + "门".repeat(125));
  }

  @Test
  void neverHidesARealAlertOfTheSameRule() throws Exception {
    drill("door-open", 60);
    stage.pass(1, this::nothing);
    stage.flag("door", true);
    toldIs("sensor raised 1", "sensor raised 1");
    assertThat(stage.last().get("status").asText()).isEqualTo("Actual");
    assertThat(stage.tracker.openCount()).isEqualTo(2);
    stage.pass(60, this::nothing);
    assertThat(stage.last().get("status").asText()).isEqualTo("Exercise");
    assertThat(stage.tracker.openCount()).isEqualTo(1);
  }

  @Test
  void refusesASecondOneAndARuleThatIsNotThere() {
    assertThat(drill("no-such", 60))
        .isInstanceOfSatisfying(
            Drill.Answer.Refused.class,
            r -> assertThat(r.reason()).contains("smoke-1 (smoke)", "door-open (sensor)"));
    drill("door-open", 60);
    assertThat(drill(Rule.Kind.SMOKE))
        .isInstanceOfSatisfying(
            Drill.Answer.Refused.class, r -> assertThat(r.reason()).contains("door-open"));
  }

  @Test
  void isOverAfterARestart() throws Exception {
    drill("door-open", 60);
    stage.pass(1, this::nothing);
    stage.restart();
    assertThat(stage.last().get("state").asText()).isEqualTo("expired");
    assertThat(stage.tracker.openCount()).isZero();
  }

  @Test
  void endsWithItsRule() throws Exception {
    drill("smoke-1", 60);
    stage.pass(1, this::nothing);
    stage.follow(
        SECTIONS.replaceAll("(?m)^  - \\{id: (cam|smoke)-1.*\n", "").replace("cameras:\n", ""));
    stage.pass(5, this::nothing);
    toldIs();
    assertThat(drill("door-open", 60)).isEqualTo(new Drill.Answer.Begun());
    stage.pass(1, this::nothing);
    stage.follow(SECTIONS.replaceAll("(?m)^  - \\{id: door-open.*\n", ""));
    toldIs("sensor raised 1", "sensor expired 2");
    assertThat(stage.last().get("status").asText()).isEqualTo("Exercise");
    assertThat(stage.tracker.drilling()).isEmpty();
    stage.pass(5, this::nothing);
    assertThat(stage.messages()).hasSize(2);
  }

  @Test
  void goesOnWhileItsRuleStays() throws Exception {
    drill("door-open", 60);
    stage.pass(1, this::nothing);
    stage.follow(SECTIONS.replaceAll("(?m)^  - \\{id: river-high.*\n", ""));
    stage.pass(5, this::nothing);
    toldIs("sensor raised 1");
    assertThat(stage.tracker.drilling()).isPresent();
  }
}
