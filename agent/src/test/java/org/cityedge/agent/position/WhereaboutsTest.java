package org.cityedge.agent.position;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.agent.position.Whereabouts.State;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.position.PositionConfig;
import org.cityedge.drivers.position.PositionConfig.Gpsd;
import org.cityedge.drivers.position.PositionConfig.Source;
import org.cityedge.drivers.position.PositionConfig.TrackSettings;
import org.cityedge.drivers.position.Report;
import org.junit.jupiter.api.Test;

class WhereaboutsTest {
  private static final Gpsd GPSD =
      new Gpsd("127.0.0.1", 2947, Optional.empty(), false, TrackSettings.DEFAULT);

  private long now;
  private final Whereabouts whereabouts = new Whereabouts(Optional.of(GPSD), () -> now);

  private static long second(long seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }

  /** Northwards at 11 m/s. */
  private static Report.Fix fix(long second) {
    return new Report.Fix(
        30 + second * 1e-4,
        104,
        OptionalDouble.of(5),
        OptionalDouble.of(11),
        OptionalDouble.of(90),
        Instant.EPOCH.plusSeconds(second),
        second(second),
        false);
  }

  private Place at(long second) {
    return whereabouts.at(second(second)).orElseThrow();
  }

  @Test
  void tellsWhereItWasAndNotWhereItIs() {
    for (long s = 0; s < 100; s++) {
      whereabouts.accept(fix(s));
    }
    assertThat(at(40).lat()).isEqualTo(30.004);
    assertThat(at(40).age()).isZero();
    assertThat(at(99).lat()).isEqualTo(30.0099);
    assertThat(at(40).stale()).isFalse();
  }

  @Test
  void anOldPositionIsTheLastOneAndMarked() {
    whereabouts.accept(fix(0));
    whereabouts.accept(new Report.NoFix("garage", second(5)));
    assertThat(at(10).stale()).isFalse();
    assertThat(at(11).stale()).isTrue();
    assertThat(at(3600).lat()).isEqualTo(30);
    assertThat(at(3600).age()).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void anotherSourceBeginsWithoutAPlace() {
    whereabouts.accept(fix(0));
    whereabouts.follow(Optional.empty());
    assertThat(whereabouts.status()).isEmpty();
    whereabouts.follow(Optional.of(GPSD));
    assertThat(whereabouts.at(second(1))).isEmpty();
    // No jump: what the source before had told is forgotten.
    assertThat(whereabouts.accept(fix(100_000))).isPresent();
  }

  @Test
  void anotherTrackOfTheSameSourceKeepsThePlace() {
    whereabouts.accept(fix(0));
    TrackSettings sparse =
        new TrackSettings(
            500, Duration.ofMinutes(1), Duration.ofHours(1), 30, Duration.ofSeconds(10));
    whereabouts.follow(Optional.of(new Gpsd("127.0.0.1", 2947, Optional.empty(), false, sparse)));
    assertThat(at(5).lat()).isEqualTo(30);
    assertThat(whereabouts.status().orElseThrow().state()).isEqualTo(State.FIX);
    whereabouts.follow(Optional.of(new Gpsd("127.0.0.1", 2948, Optional.empty(), false, sparse)));
    assertThat(whereabouts.at(second(5))).isEmpty();
  }

  @Test
  void beforeTheFirstPositionTheFirstOneHasToDo() {
    assertThat(whereabouts.at(0)).isEmpty();
    whereabouts.accept(fix(60));
    assertThat(at(0).lat()).isEqualTo(30.006);
    assertThat(at(0).age()).isEqualTo(Duration.ofMinutes(1));
    assertThat(at(0).stale()).isTrue();
  }

  @Test
  void whatIsKeptIsBounded() {
    for (long s = 0; s < 2L * Whereabouts.MOST; s++) {
      whereabouts.accept(fix(s));
    }
    assertThat(at(0).age()).isEqualTo(Duration.ofSeconds(Whereabouts.MOST));
    assertThat(at(Whereabouts.MOST).age()).isZero();
  }

  @Test
  void aJumpIsNoPlace() {
    whereabouts.accept(fix(0));
    Report.Fix far =
        new Report.Fix(
            31,
            104,
            OptionalDouble.of(5),
            OptionalDouble.of(11),
            OptionalDouble.empty(),
            Instant.EPOCH,
            second(1),
            false);
    assertThat(whereabouts.accept(far)).isEmpty();
    assertThat(at(1).lat()).isEqualTo(30);
    assertThat(whereabouts.status().orElseThrow().refused()).isEqualTo(1);
  }

  @Test
  void tellsHowTheSourceIs() {
    assertThat(whereabouts.status().orElseThrow().state()).isEqualTo(State.INIT);
    whereabouts.accept(fix(0));
    now = second(3);
    Whereabouts.Status fix = whereabouts.status().orElseThrow();
    assertThat(fix.state()).isEqualTo(State.FIX);
    assertThat(fix.place().orElseThrow().age()).isEqualTo(Duration.ofSeconds(3));
    whereabouts.accept(new Report.NoFix("garage", now));
    assertThat(whereabouts.status().orElseThrow().state()).isEqualTo(State.NO_FIX);
    assertThat(whereabouts.status().orElseThrow().detail()).contains("garage");
    whereabouts.accept(new Report.Down(new Fault(Fault.Kind.UNREACHABLE, "gone"), now));
    assertThat(whereabouts.status().orElseThrow().state()).isEqualTo(State.DOWN);
    assertThat(whereabouts.status().orElseThrow().detail()).contains("gone");
  }

  @Test
  void aFixedPlaceIsNeverStaleAndNoPlaceIsNone() {
    Whereabouts fixed =
        new Whereabouts(Optional.of(new PositionConfig.Fixed(30, 104, 3)), () -> now);
    Place place = fixed.at(second(1_000_000)).orElseThrow();
    assertThat(place.source()).isEqualTo(Source.FIXED);
    assertThat(place.accuracyM()).hasValue(3);
    assertThat(place.stale()).isFalse();
    assertThat(fixed.status().orElseThrow().state()).isEqualTo(State.FIX);
    Whereabouts none = new Whereabouts(Optional.empty(), () -> now);
    assertThat(none.at(0)).isEmpty();
    assertThat(none.status()).isEmpty();
  }
}
