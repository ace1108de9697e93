package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.agent.position.Place;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
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

  /** What hangs a street further on has a grid of its own, and the centre sends people there. */
  @Test
  void aFixedPlaceIsThatOfWhatHasNoneOfItsOwn() throws Exception {
    store.close();
    config =
        AlertStage.config(
            folder,
            """
            position: {source: fixed, lat: 30.5, lon: 104.5}
            sensors:
              - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open, gridCode: "510108004002018",
                 location: {lat: 30.7, lon: 104.2}}
              - {id: hatch, type: contact, chip: sim, simFile: /tmp/hatch, quantity: open, gridCode: "510108004002017"}
            rules:
              - {id: door-open, kind: contact, sensor: door, quantity: open}
              - {id: hatch-open, kind: contact, sensor: hatch, quantity: open}
            """);
    place =
        _ ->
            Optional.of(
                new Place(
                    30.5, 104.5, OptionalDouble.of(3), Source.FIXED, Duration.ZERO, false, false));
    open();
    open("door");
    JsonNode door = alerts().getLast().get("where");
    assertThat(door.get("lat").asDouble()).isEqualTo(30.7);
    assertThat(door.get("gridCode").asText()).isEqualTo("510108004002018");
    assertThat(door.get("positionSource").asText()).isEqualTo("configured");
    open("hatch");
    JsonNode hatch = alerts().getLast().get("where");
    assertThat(hatch.get("lat").asDouble()).isEqualTo(30.5);
    assertThat(hatch.get("gridCode").asText()).isEqualTo("510108004002017");
    assertThat(hatch.get("positionSource").asText()).isEqualTo("fixed");
  }

  private void open(String sensor) {
    tracker.accept(
        new Sample.Measured(
            new Reading(
                sensor, "open", new Reading.Flag(true), "", clock.instant(), nanos(), Quality.GOOD)));
  }
}
