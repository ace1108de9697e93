package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;

/** What is made up never passes for what is real, nor the other way round (wire.md §5). */
class MadeUpTest extends OnStage {
  private static final String SECTIONS =
      """
      sensors:
        - {id: detector, type: contact, chip: sim, simFile: /tmp/detector, quantity: open}
        - {id: river, type: coap, uri: "coap://h/level", security: none, simulated: true, channels: [{quantity: level, unit: m}]}
      cameras:
        - {id: cam-1, source: "rtsp://h/1", detect: [smoke]}
        - {id: cam-2, source: "rtsp://h/2", detect: [smoke]}
      rules:
        - {id: detector-1, kind: contact, sensor: detector, quantity: open, raises: smoke, incident: hall, clear: 0s}
        - {id: smoke-1, kind: smoke, camera: cam-1, incident: hall, hold: 0s, clear: 5s}
        - {id: smoke-2, kind: smoke, camera: cam-2, incident: hall, hold: 0s, clear: 5s}
        - {id: river-high, kind: threshold, sensor: river, quantity: level, above: 3, hold: 0s, clear: 0s}
      """;

  MadeUpTest() {
    super(SECTIONS);
  }

  private void level(double metres, Quality quality) {
    stage.accept("river", "level", new Reading.Quantity(metres), "m", quality);
  }

  @Test
  void realSmokeEndsTheTestThatWasOpenAndIsRaised() throws Exception {
    stage.flag("detector", true, Quality.SIM);
    String test = stage.last().get("alertId").asText();
    stage.pass(5, () -> stage.smoke("cam-1", 0.95));
    toldIs("smoke raised 1", "smoke expired 2", "smoke raised 1");
    assertThat(stage.alerts().get(1).get("status").asText()).isEqualTo("Test");
    JsonNode real = stage.last();
    assertThat(real.get("alertId").asText()).isNotEqualTo(test);
    assertThat(real.get("status").asText()).isEqualTo("Actual");
    assertThat(real.get("certainty").asText()).as("no sensor has seen it").isEqualTo("Likely");
    assertThat(real.at("/why/rule").asText()).isEqualTo("smoke-1");
    assertThat(real.get("why").has("with")).isFalse();
    assertThat(stage.tracker.openCount()).isEqualTo(1);
  }

  @Test
  void whatIsMadeUpLeavesARealAlertAsItIs() throws Exception {
    stage.smoke("cam-1", 0.75);
    stage.pass(5, () -> stage.smoke("cam-1", 0.75));
    stage.flag("detector", true, Quality.SIM);
    toldIs("smoke raised 1");
    stage.pass(60, () -> stage.smoke("cam-1", 0.75));
    assertThat(stage.messages()).as("told once a minute").hasSize(2);
    JsonNode later = stage.last();
    assertThat(later.get("status").asText()).isEqualTo("Actual");
    assertThat(later.get("certainty").asText()).isEqualTo("Likely");
    assertThat(later.get("confidence").asDouble()).isEqualTo(0.75);
    assertThat(later.get("why").has("with")).isFalse();
  }

  @Test
  void whatIsMadeUpKeepsNoRealAlertOpen() throws Exception {
    stage.smoke("cam-1", 0.9);
    stage.flag("detector", true, Quality.SIM);
    stage.pass(
        120,
        () -> {
          stage.smoke("cam-1", 0);
          stage.flag("detector", true, Quality.SIM);
        });
    toldIs("smoke raised 1", "smoke cleared 2");
  }

  @Test
  void theCentresWordOnATestSilencesNothingReal() throws Exception {
    stage.flag("detector", true, Quality.SIM);
    stage.say(stage.last().get("alertId").asText(), "false_positive");
    stage.pass(2, () -> stage.smoke("cam-1", 0.9));
    toldIs("smoke raised 1", "smoke cancelled 2", "smoke raised 1");
    assertThat(stage.last().get("status").asText()).isEqualTo("Actual");
  }

  /** A trial is over, or begins, with an order that takes the sensor itself for another. */
  @Test
  void aSensorThatIsNoLongerMadeUpIsAnotherWitness() throws Exception {
    level(4, Quality.SIM);
    stage.seconds++;
    level(4, Quality.GOOD);
    stage.seconds++;
    level(4, Quality.GOOD);
    toldIs("sensor raised 1", "sensor expired 2", "sensor raised 1");
    assertThat(stage.last().get("status").asText()).isEqualTo("Actual");
    stage.seconds++;
    level(2, Quality.SIM);
    assertThat(stage.messages()).endsWith("sensor expired 2");
    assertThat(stage.last().get("status").asText()).isEqualTo("Actual");
  }

  @Test
  void aWitnessWhoIsNoLongerRealKeepsNoRealAlertOpen() throws Exception {
    stage.smoke("cam-1", 0.9);
    stage.flag("detector", true);
    assertThat(stage.last().at("/why/with/0").asText()).isEqualTo("detector-1");
    stage.seconds++;
    stage.flag("detector", true, Quality.SIM);
    stage.seconds++;
    stage.flag("detector", true, Quality.SIM);
    stage.pass(10, () -> stage.smoke("cam-1", 0));
    assertThat(stage.messages()).endsWith("smoke updated 2", "smoke cleared 3");
  }

  @Test
  void theLossOfAMadeUpSensorIsATest() throws Exception {
    level(2, Quality.SIM);
    stage.seconds = 100;
    lost();
    toldIs("sensor raised 1");
    assertThat(stage.last().at("/why/rule").asText()).isEqualTo("river.lost");
    assertThat(stage.last().get("status").asText()).isEqualTo("Test");
    stage.restart();
    stage.seconds++;
    level(2, Quality.SIM);
    assertThat(stage.messages()).endsWith("sensor updated 2", "sensor cleared 3");
  }

  private void lost() {
    stage.miss("river", new Fault(Fault.Kind.LOST, "gone"));
  }

  /** Its driver tells a loss once. */
  @Test
  void theLossOfASensorThatAnOrderHasMadeRealIsToldAtOnce() throws Exception {
    level(2, Quality.SIM);
    stage.pass(100, () -> {});
    lost();
    assertThat(stage.last().get("status").asText()).isEqualTo("Test");
    stage.follow(SECTIONS.replace("simulated: true, ", ""), "river");
    stage.pass(16, () -> {});
    lost();
    stage.pass(10, () -> {});
    assertThat(stage.messages()).endsWith("sensor expired 3", "sensor raised 1");
    assertThat(stage.last().get("status").asText()).isEqualTo("Actual");
    assertThat(stage.last().at("/why/rule").asText()).isEqualTo("river.lost");
  }

  @Test
  void whatEndsATestIsNoAlertBelowTheLimit() throws Exception {
    stage.restart(SECTIONS.replace("above: 3,", "above: 3, clearBelow: 2,"));
    level(4, Quality.SIM);
    stage.seconds++;
    level(2.5, Quality.GOOD);
    stage.seconds++;
    level(2.5, Quality.GOOD);
    toldIs("sensor raised 1", "sensor expired 2");
  }
}
