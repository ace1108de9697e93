package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.Test;

class LastHourTest {
  private final AtomicLong now = new AtomicLong(-5_000);
  private final LastHour lastHour = new LastHour(now::get);

  private void measured(String sensor, double value, Quality quality) {
    lastHour.accept(
        new Sample.Measured(
            new Reading(
                sensor,
                "level",
                new Reading.Quantity(value),
                "m",
                Instant.EPOCH,
                now.get(),
                quality)));
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private float[] curve() {
    return lastHour.curves().getFirst().points();
  }

  @Test
  void eachPointIsAMinutesMeanAndTheNewestIsTheLast() {
    measured("a", 1, Quality.GOOD);
    measured("a", 3, Quality.GOOD);
    pass(Duration.ofMinutes(1));
    measured("a", 7, Quality.GOOD);
    assertThat(curve()).hasSize(60);
    assertThat(curve()[58]).isEqualTo(2);
    assertThat(curve()[59]).isEqualTo(7);
    assertThat(curve()[57]).isNaN();
  }

  /** A double that is beyond what a point can hold. */
  @Test
  void aReadingBeyondAllBoundsIsAGapAndBreaksNothing() {
    measured("a", 1e300, Quality.RANGE);
    byte[] written = Documents.curves(Snapshots.with(Snapshots.well(), lastHour.curves()));
    assertThat(new String(written, StandardCharsets.UTF_8)).contains("\"a/level\":[null,");
  }

  @Test
  void aSilenceIsAGapAndAnHourLaterAllIsForgotten() {
    measured("a", 1, Quality.GOOD);
    pass(Duration.ofMinutes(3));
    measured("a", 2, Quality.GOOD);
    assertThat(curve()[56]).isEqualTo(1);
    assertThat(curve()[57]).isNaN();
    assertThat(curve()[58]).isNaN();
    pass(Duration.ofMinutes(58));
    assertThat(curve()[1]).isEqualTo(2);
    pass(Duration.ofMinutes(2));
    assertThat(curve()).containsOnly(Float.NaN);
    pass(Duration.ofDays(3));
    assertThat(curve()).containsOnly(Float.NaN);
  }

  @Test
  void aFaultStaysUntilANewReadingComes() {
    measured("a", 1, Quality.GOOD);
    lastHour.accept(
        new Sample.Missed(
            "a", Instant.EPOCH, now.get(), new Fault(Fault.Kind.LOST, "silent for 3 s")));
    measured("a", 1, Quality.STALE);
    assertThat(lastHour.lasts().getFirst().fault()).isNotNull();
    assertThat(lastHour.lasts().getFirst().reading())
        .extracting(Reading::quality)
        .isEqualTo(Quality.STALE);
    measured("a", 2, Quality.GOOD);
    assertThat(lastHour.lasts().getFirst().fault()).isNull();
  }

  private void missed(Fault.Kind kind) {
    lastHour.accept(new Sample.Missed("a", Instant.EPOCH, now.get(), new Fault(kind, "test")));
  }

  @Test
  void theAgeOfTheLastReadingGoesOnWhenTheSensorIsLost() {
    measured("a", 1, Quality.GOOD);
    pass(Duration.ofSeconds(30));
    measured("a", 1, Quality.COMM);
    missed(Fault.Kind.UNREACHABLE);
    pass(Duration.ofSeconds(30));
    measured("a", 1, Quality.STALE);
    missed(Fault.Kind.LOST);
    pass(Duration.ofSeconds(5));
    LastHour.Last last = lastHour.lasts().getFirst();
    assertThat(last.reading()).extracting(lastHour::age).isEqualTo(Duration.ofSeconds(65));
    assertThat(last.reading()).extracting(Reading::quality).isEqualTo(Quality.STALE);
  }

  @Test
  void aChannelThatCannotBeReadIsNoFaultOfTheOthers() {
    lastHour.expect("a", "temperature", "Cel");
    measured("a", 1, Quality.GOOD);
    Fault fault = new Fault(Fault.Kind.MALFORMED, "test", Optional.of("temperature"));
    lastHour.accept(new Sample.Missed("a", Instant.EPOCH, now.get(), fault));
    for (int message = 0; message < 2; message++) {
      assertThat(lastHour.lasts())
          .allSatisfy(
              last -> assertThat(last.fault() == null).isEqualTo(last.quantity().equals("level")));
      measured("a", 2, Quality.GOOD);
    }
    assertThat(lastHour.isFaulty("a")).isTrue();
  }

  @Test
  void whatCannotBeReadAtAllStaysAFaultOfEachChannelUntilItComes() {
    lastHour.expect("a", "temperature", "Cel");
    measured("a", 1, Quality.GOOD);
    missed(Fault.Kind.MALFORMED);
    measured("a", 2, Quality.GOOD);
    assertThat(lastHour.lasts())
        .allSatisfy(
            last -> assertThat(last.fault() == null).isEqualTo(last.quantity().equals("level")));
    assertThat(lastHour.isFaulty("a")).isTrue();
    missed(Fault.Kind.LOST);
    measured("a", 2, Quality.GOOD);
    assertThat(lastHour.lasts()).allSatisfy(last -> assertThat(last.fault()).isNull());
    assertThat(lastHour.isFaulty("a")).isFalse();
  }

  @Test
  void holdsSoManyChannelsAndNoMore() {
    for (int i = 0; i < 2 * LastHour.MAX_CHANNELS; i++) {
      measured("s-" + i, i, Quality.GOOD);
    }
    assertThat(lastHour.lasts()).hasSize(LastHour.MAX_CHANNELS);
  }
}
