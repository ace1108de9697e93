package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.agent.position.Place;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.position.PositionConfig.Source;
import org.junit.jupiter.api.Test;

/** Where an alert is. */
class AlertPlaceTest extends AlertScene {
  /** One degree a second to the north. */
  private static Optional<Place> place(long moment, boolean simulated) {
    return Optional.of(
        new Place(
            Duration.ofNanos(moment).toSeconds(),
            104,
            OptionalDouble.of(17.1),
            Source.GPSD,
            Duration.ofMillis(400),
            false,
            simulated));
  }

  @Test
  void aVehiclesAlertIsWhereTheVehicleWasAtTheOnset() throws Exception {
    place = moment -> place(moment, false);
    for (seconds = 10; seconds <= 250; seconds += 60) {
      pm25(160);
    }
    JsonNode where = alerts().getFirst().get("where");
    assertThat(where.get("lat").asDouble()).isEqualTo(10);
    assertThat(where.get("lon").asDouble()).isEqualTo(104);
    assertThat(where.get("accuracyM").asDouble()).isEqualTo(17.1);
    assertThat(where.get("positionSource").asText()).isEqualTo("gpsd");
    assertThat(where.get("positionAgeS").asDouble()).isEqualTo(0.4);
    assertThat(where.has("positionStale")).isFalse();
    assertThat(where.has("gridCode")).as("that of the depot").isFalse();
    for (JsonNode later : alerts()) {
      assertThat(later.get("where")).isEqualTo(where);
    }
  }

  @Test
  void anOldPositionIsMarkedInTheAlert() throws Exception {
    place =
        _ ->
            Optional.of(
                new Place(
                    1,
                    2,
                    OptionalDouble.empty(),
                    Source.NMEA,
                    Duration.ofSeconds(90),
                    true,
                    false));
    manhole(true, Quality.GOOD);
    JsonNode where = alerts().getFirst().get("where");
    assertThat(where.get("positionStale").asBoolean()).isTrue();
    assertThat(where.get("positionAgeS").asDouble()).isEqualTo(90);
    assertThat(where.get("positionSource").asText()).isEqualTo("nmea");
    assertThat(where.has("accuracyM")).isFalse();
  }

  @Test
  void withoutAPositionOfItsOwnAnAlertIsWhereTheConfigurationSays() throws Exception {
    manhole(true, Quality.GOOD);
    JsonNode where = alerts().getFirst().get("where");
    assertThat(where.get("lat").asDouble()).isEqualTo(30.66012);
    assertThat(where.get("positionSource").asText()).isEqualTo("configured");
    assertThat(where.has("positionAgeS")).isFalse();
  }

  @Test
  void aMadeUpPositionIsForTestsOnly() throws Exception {
    place = moment -> place(moment, true);
    manhole(true, Quality.GOOD);
    assertThat(alerts().getFirst().at("/where/positionSource").asText()).isEqualTo("configured");
    manhole(false, Quality.GOOD);
    seconds = 60;
    manhole(false, Quality.GOOD);
    seconds = 70;
    manhole(true, Quality.SIM);
    JsonNode test = alerts().getLast();
    assertThat(test.get("status").asText()).isEqualTo("Test");
    assertThat(test.at("/where/positionSource").asText()).isEqualTo("gpsd");
  }
}
