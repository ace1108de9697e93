package org.cityedge.drivers.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.OptionalDouble;
import org.cityedge.drivers.position.PositionConfig.TrackSettings;
import org.cityedge.drivers.position.Report.Fix;
import org.junit.jupiter.api.Test;

/** Which positions are believed, and which become points. */
class TrackTest {
  private static final double METRES_PER_DEGREE = 111_195.08;
  private final Plausible plausible = new Plausible(60);
  private final Track track = new Track(TrackSettings.DEFAULT);

  private static Fix fix(double seconds, double metresNorth, double accuracy, double speed) {
    return new Fix(
        30 + metresNorth / METRES_PER_DEGREE,
        104,
        OptionalDouble.of(accuracy),
        speed < 0 ? OptionalDouble.empty() : OptionalDouble.of(speed),
        OptionalDouble.empty(),
        Instant.EPOCH,
        (long) (seconds * 1e9),
        false);
  }

  private int points(int seconds, double speed, double noise) {
    int points = 0;
    for (int s = 0; s < seconds; s++) {
      double wander = s % 2 == 0 ? noise : -noise;
      points += track.isPoint(fix(s, s * speed + wander, 5, speed)) ? 1 : 0;
    }
    return points;
  }

  @Test
  void distancesAreThoseOnTheSphere() {
    Fix a = fix(0, 0, 5, 0);
    assertThat(a.metresTo(fix(0, 1000, 5, 0))).isCloseTo(1000, within(0.01));
    assertThat(a.metresTo(a)).isZero();
    Fix east =
        new Fix(
            30,
            105,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            a.at(),
            0,
            false);
    assertThat(a.metresTo(east)).isCloseTo(96_297, within(100.0));
  }

  @Test
  void aFastVehicleGivesAPointPerDistance() {
    assertThat(points(100, 25, 0)).isEqualTo(50);
  }

  @Test
  void aSlowVehicleGivesAPointPerTime() {
    assertThat(points(100, 2, 0)).isEqualTo(10);
  }

  @Test
  void aStandingVehicleGivesAHeartbeatWhateverTheReceiverDreams() {
    assertThat(points(601, 0, 4)).isEqualTo(3);
  }

  @Test
  void withoutASpeedTheDistanceTells() {
    int points = 0;
    for (int s = 0; s < 100; s++) {
      points += track.isPoint(fix(s, s * 4.0, 5, -1)) ? 1 : 0;
    }
    assertThat(points).isEqualTo(10);
  }

  @Test
  void whereAVehicleStopsIsAPoint() {
    assertThat(track.isPoint(fix(0, 0, 5, 10))).isTrue();
    assertThat(track.isPoint(fix(5, 50, 5, 10))).isTrue();
    assertThat(track.isPoint(fix(14, 90, 5, 0))).isFalse();
    assertThat(track.isPoint(fix(15, 90, 5, 0))).isTrue();
    assertThat(track.isPoint(fix(60, 90, 5, 0))).isFalse();
  }

  @Test
  void aJumpIsRefusedAndCountedAndTheWayGoesOn() {
    assertThat(plausible.accept(fix(0, 0, 5, 10))).isTrue();
    assertThat(plausible.accept(fix(1, 5_000, 5, 10))).isFalse();
    assertThat(plausible.accept(fix(2, 20, 5, 10))).isTrue();
    assertThat(plausible.accept(fix(3, -9_000, 5, 10))).isFalse();
    assertThat(plausible.refused()).isEqualTo(2);
  }

  @Test
  void jumpsThatContradictEachOtherAreNeverBelieved() {
    plausible.accept(fix(0, 0, 5, 0));
    for (int s = 1; s < 60; s++) {
      assertThat(plausible.accept(fix(s, s % 2 == 0 ? 50_000 : -50_000, 5, 0))).isFalse();
    }
  }

  @Test
  void aPlaceThatIsToldConsistentlyIsBelievedInTheEnd() {
    plausible.accept(fix(0, 0, 5, 10));
    for (int s = 1; s < Plausible.CONSISTENT; s++) {
      assertThat(plausible.accept(fix(s, 80_000 + s * 10, 5, 10))).isFalse();
    }
    assertThat(plausible.accept(fix(5, 80_050, 5, 10))).isTrue();
    assertThat(plausible.accept(fix(6, 80_060, 5, 10))).isTrue();
    assertThat(plausible.refused()).isEqualTo(4);
  }

  @Test
  void afterATunnelThePositionIsBelievedAtOnce() {
    plausible.accept(fix(0, 0, 5, 10));
    assertThat(plausible.accept(fix(120, 2_000, 5, 10))).isTrue();
  }

  @Test
  void twoReportsAtOnceAreNoJump() {
    plausible.accept(fix(0, 0, 5, 10));
    assertThat(plausible.accept(fix(0.001, 30, 5, 30))).isTrue();
  }
}
