package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Sample.Measured;
import org.cityedge.drivers.Sample.Missed;
import org.junit.jupiter.api.Test;

/** Each quality of wire.md §5 where it belongs. */
class GraderTest {
  private static final Instant START = Instant.parse("2026-06-01T00:30:00Z");
  private static final String SENSOR =
      """
      {id: air-1, type: coap, uri: "coap://10.0.0.1/air", period: 60s, %s
       channels: [{quantity: pm2_5, unit: ug/m3, min: 0, max: 1000}, {quantity: temperature, unit: Cel}]}
      """;

  private long seconds;
  private final Clocks clocks =
      new Clocks(() -> START.plusSeconds(seconds), () -> Duration.ofSeconds(seconds).toNanos());

  private static SensorConfig sensor(String keys) throws ConfigException {
    return ConfigLoader.parse(
        "test.yaml",
        SENSOR.formatted(keys),
        section -> {
          SensorConfig config = SensorConfig.read(section);
          Plausibility.read(section, config);
          return config;
        });
  }

  private static Plausibility plausibility(String keys) throws ConfigException {
    return ConfigLoader.parse(
        "test.yaml",
        SENSOR.formatted(keys),
        section -> Plausibility.read(section, SensorConfig.read(section)));
  }

  private Grader grader(Plausibility plausibility) throws ConfigException {
    return new Grader(sensor(""), plausibility, clocks);
  }

  private Grader stuckAfter(Duration duration) throws ConfigException {
    return grader(new Plausibility(Duration.ZERO, Map.of("pm2_5", duration)));
  }

  private Measured measured(String quantity, double value, Quality quality) {
    return new Measured(
        new Reading(
            "air-1",
            quantity,
            new Reading.Quantity(value),
            "ug/m3",
            clocks.at(clocks.nanos()),
            clocks.nanos(),
            quality));
  }

  private Quality quality(Grader grader, double value, Quality quality) {
    List<Sample> out = grader.grade(measured("pm2_5", value, quality));
    assertThat(out).hasSize(1);
    return ((Measured) out.getFirst()).reading().quality();
  }

  private Quality quality(Grader grader, double value) {
    return quality(grader, value, Quality.GOOD);
  }

  private List<Sample> missed(Grader grader, Fault.Kind kind) {
    return grader.grade(
        new Missed("air-1", clocks.at(clocks.nanos()), clocks.nanos(), new Fault(kind, "test")));
  }

  @Test
  void aGoodReadingStaysTheSame() throws ConfigException {
    Measured sample = measured("pm2_5", 37, Quality.GOOD);
    assertThat(grader(Plausibility.NONE).grade(sample)).containsExactly(sample);
    assertThat(quality(grader(Plausibility.NONE), 37, Quality.STALE)).isEqualTo(Quality.STALE);
  }

  @Test
  void beyondTheLimitsOfItsChannelIsRange() throws ConfigException {
    Grader grader = grader(Plausibility.NONE);
    assertThat(quality(grader, 0)).isEqualTo(Quality.GOOD);
    assertThat(quality(grader, 1000)).isEqualTo(Quality.GOOD);
    assertThat(quality(grader, -0.1)).isEqualTo(Quality.RANGE);
    assertThat(quality(grader, 1000.1)).isEqualTo(Quality.RANGE);
  }

  @Test
  void whatACounterTellsOnceIsNotWarmingUp() throws ConfigException {
    SensorConfig counter =
        ConfigLoader.parse(
            "test.yaml",
            "{id: air-1, type: counter, chip: /dev/gpiochip0, line: 4, quantity: pulses}",
            SensorConfig::read);
    Grader grader = new Grader(counter, new Plausibility(Duration.ofMinutes(5), Map.of()), clocks);
    List<Quality> told = new ArrayList<>();
    for (String quantity : List.of("pulses", "pulses_lost", "pulses_wrap", "pulses_cut")) {
      Sample out = grader.grade(measured(quantity, 0, Quality.GOOD)).getFirst();
      told.add(((Measured) out).reading().quality());
    }
    assertThat(told).containsExactly(Quality.INIT, Quality.GOOD, Quality.GOOD, Quality.GOOD);
  }

  @Test
  void aValueThatNeverChangesIsStuckUntilItDoes() throws ConfigException {
    Grader grader = stuckAfter(Duration.ofMinutes(10));
    for (; seconds < 600; seconds += 60) {
      assertThat(quality(grader, 37)).isEqualTo(Quality.GOOD);
    }
    assertThat(quality(grader, 37)).isEqualTo(Quality.STUCK);
    assertThat(quality(grader, 37.1)).isEqualTo(Quality.GOOD);
    seconds += 599;
    assertThat(quality(grader, 37.1)).isEqualTo(Quality.GOOD);
    seconds += 1;
    assertThat(quality(grader, 37.1)).isEqualTo(Quality.STUCK);
  }

  @Test
  void onlyTheChannelThatStandsStillIsStuck() throws ConfigException {
    Grader grader = stuckAfter(Duration.ofMinutes(10));
    quality(grader, 37);
    grader.grade(measured("temperature", 20, Quality.GOOD));
    seconds = 3600;
    assertThat(quality(grader, 37)).isEqualTo(Quality.STUCK);
    Measured other = measured("temperature", 20, Quality.GOOD);
    assertThat(grader.grade(other)).containsExactly(other);
  }

  @Test
  void lateReadingsOfAPackDoNotMakeTheNewestStuck() throws ConfigException {
    Grader grader = stuckAfter(Duration.ofMinutes(10));
    seconds = 1200;
    quality(grader, 40);
    seconds = 0;
    assertThat(quality(grader, 37, Quality.STALE)).isEqualTo(Quality.STALE);
    seconds = 1260;
    assertThat(quality(grader, 40)).isEqualTo(Quality.GOOD);
  }

  @Test
  void warmsUpAfterTheStartAndAfterALoss() throws ConfigException {
    Grader grader = grader(new Plausibility(Duration.ofMinutes(3), Map.of()));
    seconds = 100; // counted from the first reading, not from the start of the agent
    assertThat(quality(grader, 2000)).isEqualTo(Quality.INIT);
    seconds = 279;
    assertThat(quality(grader, 37)).isEqualTo(Quality.INIT);
    seconds = 280;
    assertThat(quality(grader, 37)).isEqualTo(Quality.GOOD);
    missed(grader, Fault.Kind.UNREACHABLE);
    assertThat(quality(grader, 37)).as("one lost answer is no new start").isEqualTo(Quality.GOOD);
    missed(grader, Fault.Kind.LOST);
    assertThat(quality(grader, 37)).isEqualTo(Quality.INIT);
    seconds = 460;
    assertThat(quality(grader, 37)).isEqualTo(Quality.GOOD);
  }

  @Test
  void theLastValueIsTakenBackOnceWhenTheSensorCannotBeAsked() throws ConfigException {
    Grader grader = grader(Plausibility.NONE);
    quality(grader, 37);
    seconds = 70;
    List<Sample> out = missed(grader, Fault.Kind.UNREACHABLE);
    assertThat(out).hasSize(2);
    Reading reading = ((Measured) out.getFirst()).reading();
    assertThat(reading.quality()).isEqualTo(Quality.COMM);
    assertThat(reading.value()).isEqualTo(new Reading.Quantity(37));
    assertThat(reading.at()).isEqualTo(START.plusSeconds(70));
    assertThat(out.getLast()).isInstanceOf(Missed.class);
    assertThat(missed(grader, Fault.Kind.REFUSED)).hasSize(1);

    List<Sample> lost = missed(grader, Fault.Kind.LOST);
    assertThat(((Measured) lost.getFirst()).reading().quality()).isEqualTo(Quality.STALE);
    assertThat(missed(grader, Fault.Kind.LOST)).hasSize(1);
  }

  @Test
  void whatWasNeverHeardIsNotTakenBackAndDamageTakesNothingBack() throws ConfigException {
    Grader grader = grader(Plausibility.NONE);
    assertThat(missed(grader, Fault.Kind.HARDWARE)).hasSize(1);
    quality(grader, 37);
    assertThat(missed(grader, Fault.Kind.MALFORMED)).hasSize(1);
  }

  @Test
  void madeUpStaysMadeUp() throws ConfigException {
    Grader grader =
        new Grader(
            sensor("simulated: true,"),
            new Plausibility(Duration.ofHours(1), Map.of("pm2_5", Duration.ofMinutes(1))),
            clocks);
    assertThat(quality(grader, 5000, Quality.SIM)).isEqualTo(Quality.SIM);
    assertThat(missed(grader, Fault.Kind.UNREACHABLE)).hasSize(1);
  }

  @Test
  void readsItsKeys() throws ConfigException {
    assertThat(plausibility("")).isEqualTo(Plausibility.NONE);
    Plausibility read = plausibility("warmUp: 3m, stuckAfter: 1d,");
    assertThat(read.warmUp()).isEqualTo(Duration.ofMinutes(3));
    assertThat(read.stuckAfter())
        .isEqualTo(Map.of("pm2_5", Duration.ofDays(1), "temperature", Duration.ofDays(1)));
    ConfigException e =
        catchThrowableOfType(ConfigException.class, () -> plausibility("stuckAfter: 10s,"));
    assertThat(e.problems().getFirst().message()).endsWith("..365d, was \"10s\"");
  }

  @Test
  void aChannelsOwnLimitOverrulesTheSensors() throws ConfigException {
    Plausibility read =
        ConfigLoader.parse(
            "test.yaml",
            """
            {id: air-1, type: coap, uri: "coap://10.0.0.1/air", stuckAfter: 1d,
             channels: [{quantity: a, unit: Cel, stuckAfter: 2h}, {quantity: b, unit: Cel}]}
            """,
            section -> Plausibility.read(section, SensorConfig.read(section)));
    assertThat(read.stuckAfter())
        .isEqualTo(Map.of("a", Duration.ofHours(2), "b", Duration.ofDays(1)));
  }
}
