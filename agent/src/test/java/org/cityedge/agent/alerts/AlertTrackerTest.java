package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.junit.jupiter.api.Test;

/** Sensors and contacts. */
class AlertTrackerTest extends AlertScene {
  @Test
  void raisesOnceTheValueHasStoodBeyondTheLimitForTheHoldTime() throws Exception {
    for (seconds = 0; seconds < 180; seconds += 60) {
      pm25(160);
    }
    assertThat(messages()).isEmpty();
    pm25(160);
    assertThat(messages()).containsExactly("sensor raised 1");
    JsonNode alert = alerts().getFirst();
    assertThat(alert.get("onset").asText()).isEqualTo("2026-06-01T08:30:00.000+08:00");
    assertThat(alert.at("/why/value").asDouble()).isEqualTo(160);
    assertThat(alert.get("certainty").asText()).isEqualTo("Observed");
    assertThat(active()).hasSize(1);
  }

  @Test
  void switchesTheOutputsOfItsRule() {
    for (seconds = 0; seconds <= 180; seconds += 60) {
      assertThat(outputs.isOn("siren-1")).isFalse();
      pm25(160);
    }
    assertThat(outputs.isOn("siren-1")).isTrue();
    // Updates of the same alert do not lengthen its 90 s.
    for (; seconds <= 300; seconds += 30) {
      pm25(170);
    }
    assertThat(outputs.isOn("siren-1")).isFalse();
    manhole(true, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).isTrue();
    manhole(false, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).as("the other alert's time is the siren's now").isTrue();
    seconds += 90;
    assertThat(outputs.isOn("siren-1")).isFalse();
  }

  @Test
  void wakesNobodyForATest() throws Exception {
    manhole(true, Quality.SIM);
    assertThat(messages()).containsExactly("sensor raised 1");
    assertThat(outputs.isOn("siren-1")).isFalse();
  }

  @Test
  void doesNotSwitchOnAgainForWhatWasOpenBeforeARestart() throws Exception {
    manhole(true, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).isTrue();
    store.close();
    open();
    manhole(true, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).isFalse();
  }

  @Test
  void aValueBetweenTheLimitsNeitherRaisesNorClears() throws Exception {
    for (; seconds <= 600; seconds += 60) {
      pm25(140);
    }
    assertThat(messages()).isEmpty();
    for (; seconds <= 1200; seconds += 60) {
      pm25(160);
    }
    for (; seconds <= 1800; seconds += 60) {
      pm25(140);
    }
    assertThat(messages()).startsWith("sensor raised 1").noneMatch(m -> m.contains("cleared"));
    for (; seconds <= 2000; seconds += 60) {
      pm25(100);
    }
    assertThat(messages().getLast()).startsWith("sensor cleared");
    JsonNode cleared = alerts().getLast();
    assertThat(cleared.get("reason").asText()).isEqualTo("condition_gone");
    assertThat(cleared.get("clearedAt").asText()).isNotEmpty();
    assertThat(active()).isEmpty();
  }

  @Test
  void aContactRaisesAtOnceAndItsAlertOpensTheCameraMappedToIt() throws Exception {
    manhole(true, Quality.GOOD);
    assertThat(messages()).containsExactly("sensor raised 1");
    JsonNode popup = alerts().getFirst().get("popup");
    assertThat(popup.get("camera").asText()).isEqualTo("cam-1");
    assertThat(popup.get("gb28181").asText()).isEqualTo("51010800001320000001");
    assertThat(popup.get("near").get(0).asText()).isEqualTo("51010800001320000007");
    assertThat(alerts().getFirst().get("status").asText()).isEqualTo("Actual");
  }

  @Test
  void aSimulatedSourceMakesATestAlert() throws Exception {
    manhole(true, Quality.SIM);
    assertThat(alerts().getFirst().get("status").asText()).isEqualTo("Test");
  }

  @Test
  void onlyGoodReadingsDriveAlerts() throws Exception {
    manhole(true, Quality.STUCK);
    manhole(true, Quality.RANGE);
    assertThat(messages()).isEmpty();
  }

  @Test
  void theLossOfAnAlarmSensorIsAnAlertUntilItSpeaksAgain() throws Exception {
    missed(Fault.Kind.MALFORMED);
    assertThat(messages()).isEmpty();
    missed(Fault.Kind.LOST);
    assertThat(messages()).containsExactly("sensor raised 1");
    assertThat(alerts().getFirst().get("headline").asText()).isEqualTo("pm25-1失联");
    seconds = 60;
    pm25(10);
    assertThat(messages()).containsExactly("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aSensorThatTalksRubbishForTooLongIsLostAsWell() throws Exception {
    pm25(10);
    seconds = 60;
    missed(Fault.Kind.MALFORMED);
    assertThat(messages()).isEmpty();
    seconds = 90;
    missed(Fault.Kind.MALFORMED);
    assertThat(messages()).containsExactly("sensor raised 1");
  }

  @Test
  void anOpenAlertSurvivesARestartAndIsResumedNotRaisedAnew() throws Exception {
    manhole(true, Quality.GOOD);
    String id = alerts().getFirst().get("alertId").asText();
    store.close();
    open();
    assertThat(messages()).containsExactly("sensor raised 1", "sensor updated 2");
    JsonNode resumed = alerts().getLast();
    assertThat(resumed.get("resumed").asBoolean()).isTrue();
    assertThat(resumed.get("alertId").asText()).isEqualTo(id);
    manhole(true, Quality.GOOD);
    assertThat(messages()).hasSize(2);
    seconds = 10;
    manhole(false, Quality.GOOD);
    seconds = 13;
    manhole(false, Quality.GOOD);
    assertThat(messages()).endsWith("sensor cleared 3");
    assertThat(active()).isEmpty();
  }

  @Test
  void aSensorThatGivesNothingButRubbishIsLostInTheEnd() throws Exception {
    pm25(40);
    for (seconds = 60; seconds < 600; seconds += 60) {
      pm25(5000, seconds % 120 == 0 ? Quality.RANGE : Quality.STUCK);
    }
    assertThat(messages()).startsWith("sensor raised 1", "sensor updated 2");
    assertThat(alerts()).allMatch(a -> a.at("/why/rule").asText().equals("pm25-1.lost"));
    pm25(40);
    assertThat(messages().getLast()).startsWith("sensor cleared");
  }

  @Test
  void valuesThatAreNotGoodNeitherRaiseNorSpeakForTheirSensor() throws Exception {
    for (Quality quality : List.of(Quality.RANGE, Quality.STALE, Quality.COMM, Quality.INIT)) {
      for (int i = 0; i < 10; i++, seconds += 20) {
        pm25(40);
        pm25(500, quality);
      }
    }
    assertThat(messages()).isEmpty();
    missed(Fault.Kind.LOST);
    pm25(40, Quality.COMM);
    assertThat(messages()).containsExactly("sensor raised 1");
  }

  @Test
  void anAlertWhoseRuleIsGoneExpiresAtTheNextStart() throws Exception {
    manhole(true, Quality.GOOD);
    store.close();
    config =
        new GatewayConfig(
            config.gateway(),
            config.uplink(),
            config.buffer(),
            config.sensors(),
            config.cameras(),
            config.inbox(),
            List.of(),
            config.acceptWithin(),
            List.of(),
            config.position(),
            config.evidence(),
            config.page(),
            config.led(),
            config.button());
    open();
    assertThat(messages()).containsExactly("sensor raised 1", "sensor expired 2");
    assertThat(active()).isEmpty();
  }
}
