package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.coap.MeasuringTimes.Stamp;
import org.junit.jupiter.api.Test;

class MeasuringTimesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long ARRIVAL = 500 * SECOND;
  private static final Instant NOW = Instant.parse("2025-06-01T08:00:00Z");
  private final Clocks clocks = new Clocks(InstantSource.fixed(NOW), () -> ARRIVAL);

  private List<Stamp> stamps(double... seconds) {
    List<Finding.Found> found =
        Arrays.stream(seconds)
            .mapToObj(t -> new Finding.Found("x", "1", new Reading.Quantity(1), t))
            .toList();
    MeasuringTimes times = new MeasuringTimes(clocks, ARRIVAL, found);
    return found.stream().map(times::of).toList();
  }

  @Test
  void takesNoTimeAsArrival() {
    assertThat(stamps(0)).containsExactly(new Stamp(NOW, ARRIVAL));
  }

  @Test
  void countsRelativeTimeFromArrival() {
    assertThat(stamps(-12.5))
        .containsExactly(new Stamp(NOW.minusMillis(12_500), ARRIVAL - 12_500 * (SECOND / 1000)));
  }

  @Test
  void takesNothingAsMeasuredAfterItArrived() {
    assertThat(stamps(2_592_000, 2_591_990))
        .containsExactly(
            new Stamp(NOW, ARRIVAL), new Stamp(NOW.minusSeconds(10), ARRIVAL - 10 * SECOND));
  }

  @Test
  void boundsHowLongAgoSomethingCanBe() {
    long eightYears = (1L << 28) * SECOND;
    assertThat(stamps(-1e15).getFirst().nanos()).isEqualTo(ARRIVAL - eightYears);
  }

  @Test
  void keepsSensorsStampsAndTheirDistancesWithoutTrustingTheWallClock() {
    assertThat(stamps(1_320_067_464.25, 1_320_067_524.25))
        .containsExactly(
            new Stamp(Instant.parse("2011-10-31T13:24:24.250Z"), ARRIVAL - 60 * SECOND),
            new Stamp(Instant.parse("2011-10-31T13:25:24.250Z"), ARRIVAL));
  }
}
