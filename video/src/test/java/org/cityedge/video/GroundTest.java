package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroundTest {
  private static final Zone LEFT_HALF = zone(0, 0, 0.5, 0, 0.5, 1, 0, 1);

  private static Zone zone(double... xy) {
    List<Zone.Point> points = new ArrayList<>();
    for (int i = 0; i < xy.length; i += 2) {
      points.add(new Zone.Point(xy[i], xy[i + 1]));
    }
    return new Zone("z", points);
  }

  @Test
  void measuresAZoneSeenFromAbove() {
    assertThat(Cameras.FROM_ABOVE.fault()).isEmpty();
    assertThat(Cameras.FROM_ABOVE.area(LEFT_HALF, List.of()).orElseThrow())
        .isCloseTo(100, within(0.1));
    assertThat(Cameras.FROM_ABOVE.area(zone(0, 0, 1, 0, 0, 1), List.of()).orElseThrow())
        .isCloseTo(100, within(1.0));
  }

  @Test
  void takesIgnoredPartsOff() {
    assertThat(
            Cameras.FROM_ABOVE
                .area(LEFT_HALF, List.of(zone(0, 0, 1, 0, 1, 0.25, 0, 0.25)))
                .orElseThrow())
        .isCloseTo(75, within(0.5));
    assertThat(Cameras.FROM_ABOVE.area(LEFT_HALF, List.of(Zone.FRAME))).isEmpty();
  }

  /** A pinhole camera on a pole, turned anyhow and tilted down by 15..60 degrees. */
  private record Pole(double height, double tilt, double pan, double focal) {
    static Pole any(Random random) {
      return new Pole(
          3 + 9 * random.nextDouble(),
          Math.toRadians(15 + 45 * random.nextDouble()),
          6 * random.nextDouble(),
          0.8 + random.nextDouble());
    }

    /** Where on the ground a point of a picture of 16:9 lies. */
    double[] ground(double x, double y) {
      double right = (x - 0.5) / focal;
      double down = (y - 0.5) * 9 / 16 / focal;
      double forward = Math.cos(tilt) - down * Math.sin(tilt);
      double drop = Math.sin(tilt) + down * Math.cos(tilt);
      double along = forward * height / drop;
      double across = right * height / drop;
      return new double[] {
        across * Math.cos(pan) - along * Math.sin(pan) + 300,
        across * Math.sin(pan) + along * Math.cos(pan) - 50
      };
    }

    /** Gauss's shoelace formula over the zone's corners. */
    double area(Zone zone) {
      double twice = 0;
      for (int i = 0; i < zone.polygon().size(); i++) {
        Zone.Point p = zone.polygon().get(i);
        Zone.Point q = zone.polygon().get((i + 1) % zone.polygon().size());
        double[] a = ground(p.x(), p.y());
        double[] b = ground(q.x(), q.y());
        // About a point near by, so that little cancels.
        twice += (a[0] - 300) * (b[1] + 50) - (b[0] - 300) * (a[1] + 50);
      }
      return Math.abs(twice) / 2;
    }
  }

  @Test
  void findsTheAreaOfAnyZoneUnderAnyCamera() {
    long seed = Long.getLong("cityedge.seed", System.nanoTime());
    System.out.println("GroundTest seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      Pole pole = Pole.any(random);
      List<Ground.Mark> marks = new ArrayList<>();
      double[][] corners = {{0.1, 0.55}, {0.9, 0.6}, {0.95, 0.95}, {0.05, 0.9}, {0.5, 0.7}};
      for (int k = 0; k < (i % 2 == 0 ? 4 : 5); k++) {
        double x = corners[k][0] + 0.04 * random.nextDouble();
        double y = corners[k][1] + 0.04 * random.nextDouble();
        double[] at = pole.ground(x, y);
        marks.add(new Ground.Mark(x, y, at[0], at[1]));
      }
      Ground ground = new Ground(marks);
      Zone zone =
          zone(
              0.2 + 0.1 * random.nextDouble(),
              0.6,
              0.7 + 0.2 * random.nextDouble(),
              0.65,
              0.9,
              0.9,
              0.3,
              0.8 + 0.2 * random.nextDouble());
      double is = pole.area(zone);
      assertThat(ground.fault()).as("seed %d, %s", seed, pole).isEmpty();
      assertThat(ground.area(zone, List.of()).orElseThrow())
          .as("seed %d, %s", seed, pole)
          .isCloseTo(is, within(0.01 * is));
    }
  }

  @Test
  void hasNoAreaWhereAZoneReachesTheHorizon() {
    // A pavement 2 m wide and 30 m long that runs away from the camera.
    Ground ground =
        new Ground(
            List.of(
                new Ground.Mark(0.2, 1, 0, 0),
                new Ground.Mark(0.8, 1, 2, 0),
                new Ground.Mark(0.52, 0.4, 2, 30),
                new Ground.Mark(0.48, 0.4, 0, 30)));
    assertThat(ground.fault()).isEmpty();
    assertThat(ground.area(zone(0.2, 1, 0.8, 1, 0.52, 0.4, 0.48, 0.4), List.of()).orElseThrow())
        .isCloseTo(60, within(0.6));
    assertThat(ground.area(Zone.FRAME, List.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[0,0],[1,0],[1,1]] | [[0,9],[9,9],[9,0]] | must be 4..16 points of the picture, and metres as many, were 3 and 3",
        "[[0,0],[1,0],[1,1],[0,1]] | [[0,9],[9,9],[9,0]] | were 4 and 3",
        "[[0,0],[0.3,0.3],[0.6,0.6],[1,1]] | [[0,0],[3,3],[6,6],[10,10]] | not lie in a line",
        "[[0,0],[0.5,0],[1,0],[0,1]] | [[0,9],[5,9],[9,9],[0,0]] | nor any three of four",
        "[[0,0],[0.5,0.01],[1,0],[0,1]] | [[0,9],[5,8.9],[9,9],[0,0]] | or almost",
        "[[0,0],[1,0],[1,1],[0,1]] | [[0,9],[9,9],[9,8.9],[0,8.9]] | or almost",
        "[[0,0],[1,0],[1,1],[0,1]] | [[0,9],[9,9],[0,0],[9,0]] | must be in the order of metres",
        "[[0,0],[1,0],[1,1],[0,1]] | [[0,9],[9,9],[1,0],[5,0]] | the horizon runs between them",
        "[[0,0],[1,0],[1,1],[0,1],[0.5,0.5]] | [[0,9],[9,9],[9,0],[0,0],[8,8]] | must fit metres to within 0.6 m"
      })
  void saysWhatIsWrongWithTheMarks(String points, String metres, String problem) {
    String camera = "{ground: {points: %s, metres: %s}}".formatted(points, metres);
    assertThatThrownBy(() -> ConfigLoader.parse("camera", camera, Ground::read))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("ground.points")
        .hasMessageContaining(problem);
  }
}
