package org.cityedge.video.smoke;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation;
import org.cityedge.video.SceneDetector;
import org.cityedge.video.Zone;

/**
 * Finds smoke by how it moves and what it hides; see the package. Wants at least one frame a second
 * and judges at most five. The score grows with the suspicious area: 4 cells (1.8 % of the picture)
 * reach {@link Observation#SUSPECT}, 3 cells 0.41, 8 cells 0.75.
 *
 * <p>An observation is invalid in the first 3 s, while the light changes all over the picture or
 * the camera turns (for a second: that is how long the picture differs from the one it is compared
 * with), below a mean brightness of 25, and when frames come too rarely. Memory: about 7 MB.
 */
public final class SmokeDetector extends SceneDetector {
  public static final String NAME = "smoke-classical/2";

  /** A second, less what a file's time base rounds off. */
  private static final long LAG = Duration.ofMillis(998).toNanos();

  private static final long LONGEST_LAG = Duration.ofMillis(2_200).toNanos();
  private static final int LEAST_LOOKS = 4;
  private static final float DARK = 25;
  private static final double HALF_SCORE_CELLS = 4;
  private static final int MOST_REGIONS = 32;

  /**
   * Mean soft change over a plume, in grey levels a second: fog measures up to 3.5, smoke from 5.
   */
  private static final double STRONG = 4;

  private final String camera;
  private final List<Zone> zones;
  private final List<Zone> ignore;

  public SmokeDetector(CameraConfig config) {
    Natives.load();
    camera = config.id();
    zones = config.zones().isEmpty() ? List.of(Zone.FRAME) : config.zones();
    ignore = config.ignore();
  }

  @Override
  protected Scene begin(Frame frame) {
    return new SmokeScene(frame);
  }

  /** What is known as long as the picture keeps its size. */
  private final class SmokeScene implements Scene {
    private final Grid grid;
    private final Eye eye;
    private final Turbulence turbulence;
    private final Veil veil;
    private final Sway sway;

    /** The picture of a second ago, moved to where it would lie now. */
    private final Still moved;

    private final List<boolean[]> inside;
    private final Deque<Still> past = new ArrayDeque<>();

    /** Of past pictures; as many as came within a second at the most. */
    private final Deque<Still> spare = new ArrayDeque<>();

    private long last;

    SmokeScene(Frame frame) {
      grid = Grid.of(frame.width(), frame.height());
      eye = new Eye(grid, frame.width(), frame.height());
      turbulence = new Turbulence(grid, eye);
      veil = new Veil(grid);
      sway = new Sway(grid);
      moved = new Still(grid);
      inside = zones.stream().map(zone -> grid.inside(zone, ignore)).toList();
    }

    @Override
    public void close() {
      eye.close();
    }

    @Override
    public List<Observation> judge(Frame frame) {
      last = frame.nanos();
      Still now = blank();
      Still before = past.peekFirst();
      eye.look(frame, now);
      past.addLast(now);
      turbulence.expire(last);
      boolean steady =
          before != null
              && last - before.nanos >= LAG
              && turbulence.look(now, whereItWouldLie(before, now));
      veil.look(now, steady);
      boolean valid = steady && turbulence.looks() >= LEAST_LOOKS && now.brightness() >= DARK;
      List<Observation> seen = new ArrayList<>();
      for (int zone = 0; zone < zones.size(); zone++) {
        seen.add(report(frame, zones.get(zone).id(), inside.get(zone), valid, now));
      }
      return List.copyOf(seen);
    }

    private Still whereItWouldLie(Still before, Still now) {
      if (sway.none(before, now)) {
        return before;
      }
      Displacement displacement = eye.displacement(before.grey, now.grey);
      if (!displacement.matters()) {
        return before;
      }
      moved.displace(before, displacement);
      return moved;
    }

    /**
     * A picture to fill. Afterwards {@link #past} begins with the newest one that is at least
     * {@link #LAG} old, if there is one; those before it, and any that is too old, are used again.
     */
    private Still blank() {
      while (!past.isEmpty() && isSpare()) {
        spare.addLast(past.removeFirst());
      }
      return spare.isEmpty() ? new Still(grid) : spare.removeLast();
    }

    private boolean isSpare() {
      long age = last - past.getFirst().nanos;
      Iterator<Still> newer = past.iterator();
      newer.next();
      return age > LONGEST_LAG || (newer.hasNext() && last - newer.next().nanos >= LAG);
    }

    private Observation report(Frame frame, String zone, boolean[] here, boolean valid, Still now) {
      boolean[] firm = new boolean[here.length];
      boolean[] fringe = new boolean[here.length];
      for (int cell = 0; valid && cell < here.length; cell++) {
        firm[cell] = here[cell] && (turbulence.boils(cell) || hangs(cell));
        fringe[cell] = here[cell] && turbulence.simmers(cell);
      }
      List<Plume> plumes =
          Plume.in(grid, firm, fringe).stream()
              .filter(this::isStrong)
              .sorted(Comparator.comparingInt((Plume plume) -> -plume.size()))
              .limit(MOST_REGIONS)
              .toList();
      List<Integer> largest = plumes.isEmpty() ? List.of() : plumes.getFirst().cells();
      int size = plumes.isEmpty() ? 0 : plumes.getFirst().size();
      return new Observation(
          camera,
          zone,
          Observation.Kind.SMOKE,
          NAME,
          1 - Math.pow(2, -size / HALF_SCORE_CELLS),
          OptionalDouble.empty(),
          valid,
          features(largest, now),
          plumes.stream().map(Plume::region).toList(),
          frame.nanos(),
          frame.at());
    }

    /** Banks of fog drift through a picture too, but weakly. */
    private boolean isStrong(Plume plume) {
      return mean(plume.cells(), turbulence::strength) >= STRONG
          || plume.cells().stream().anyMatch(this::hangs);
    }

    /** A veil that flutters: what hangs still is a wrong background, a stain or fog. */
    private boolean hangs(int cell) {
      return veil.veiled(cell) >= 0.5f
          && turbulence.flutter(cell) >= 1
          && turbulence.hard(cell) <= 0.35f
          && turbulence.keepsOutlines(cell);
    }

    private Map<String, Double> features(List<Integer> cells, Still now) {
      Map<String, Double> features = new LinkedHashMap<>();
      features.put("cells", (double) cells.size());
      features.put("boiling", (double) cells.stream().filter(turbulence::boils).count());
      features.put("veiled", (double) cells.stream().filter(this::hangs).count());
      features.put("flutter", mean(cells, turbulence::flutter));
      features.put("drift", mean(cells, turbulence::drift));
      features.put("detail", mean(cells, turbulence::detail));
      features.put("brightness", (double) now.brightness());
      features.put("background", veil.ready() ? 1.0 : 0.0);
      return features;
    }

    private static double mean(List<Integer> cells, PerCell value) {
      return cells.stream().mapToDouble(value::of).average().orElse(0);
    }
  }

  @FunctionalInterface
  private interface PerCell {
    float of(int cell);
  }
}
