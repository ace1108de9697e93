package org.cityedge.video.crowd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Frame;
import org.cityedge.video.Ground;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.SceneDetector;
import org.cityedge.video.Zone;

/**
 * Counts the people in each zone; see the package. {@link Observation#persons} is the median of the
 * last five looks, with the band {@code persons_low}..{@code persons_high}; where the ground is
 * known, {@code area_m2} and {@link Observation#DENSITY} as well. {@link Observation#score} is the
 * confidence that the count means people: 0.9 with the camera's {@code personHeight}, 0.7 without,
 * times 0.8 in a dense crowd, times the share of the moving area that is not vehicles and the share
 * of the changes that are not flames. Whether so many people are too many is the rule's business.
 *
 * <p>Who doubts that a blob is people, a network, may take it away: what he denies in a look is
 * taken off that zone's count until he looks again, for 20 s at most ({@code denied}), and weighs
 * in the score as vehicles do. A dense crowd is not doubted.
 *
 * <p>An observation is invalid in the first 2 s, for 2 s after the light changed all over the
 * picture, and below a mean brightness of 25. Judges at most five frames a second. Memory: about 6
 * MB.
 */
public final class CrowdDetector extends SceneDetector {
  public static final String NAME = "crowd-classical/2";

  private static final double AREA = 480 * 270;

  private static final double EVERYWHERE = 0.6;
  private static final double DARK = 25;

  /** Of a dense crowd's area, what is people: the rest is gaps and those behind. */
  private static final double DENSE_COVER = 0.6;

  private static final int MOST_REGIONS = 32;

  private final String camera;
  private final List<Zone> zones;
  private final List<Zone> ignore;
  private final Perspective perspective;
  private final Optional<Ground> ground;
  private final Optional<Doubt> doubt;

  public CrowdDetector(CameraConfig config) {
    this(config, Optional.empty());
  }

  /**
   * @param doubt asked at every look that counts people
   */
  public CrowdDetector(CameraConfig config, Optional<Doubt> doubt) {
    Natives.load();
    this.doubt = doubt;
    camera = config.id();
    zones = config.zones().isEmpty() ? List.of(Zone.FRAME) : config.zones();
    ignore = config.ignore();
    perspective = Perspective.of(config.personHeight());
    ground = config.ground();
  }

  private OptionalDouble squareMetres(Zone zone) {
    return ground.map(g -> g.area(zone, ignore)).orElse(OptionalDouble.empty());
  }

  @Override
  protected Scene begin(Frame frame) {
    return new CrowdScene(frame);
  }

  /** What is known as long as the picture keeps its size. */
  private final class CrowdScene implements Scene {
    private final int width;
    private final int height;
    private final Foreground pixels;
    private final MedianBackground background;
    private final Difference difference;
    private final Fidgets fidgets;
    private final Outlines outlines;
    private final Anchor anchor;
    private final Nearby nearby;
    private final byte[] grey;
    private final byte[] glow;
    private final byte[] standing;

    private final List<ZoneCount> counted;

    CrowdScene(Frame frame) {
      double scale = Math.sqrt(AREA / ((double) frame.width() * frame.height()));
      width = cells(frame.width() * scale) * Fidgets.CELL;
      height = cells(frame.height() * scale) * Fidgets.CELL;
      pixels = new Foreground(frame.width(), frame.height(), width, height);
      background = new MedianBackground(width * height);
      fidgets = new Fidgets(width, height);
      outlines = new Outlines(width);
      anchor = new Anchor(width, height);
      nearby = new Nearby(width, height);
      grey = new byte[width * height];
      glow = new byte[width * height];
      standing = new byte[width * height];
      boolean[] ignored = new boolean[width * height];
      for (Zone part : ignore) {
        mark(part, ignored);
      }
      difference = new Difference(width, ignored);
      counted =
          zones.stream()
              .map(zone -> new ZoneCount(zone, inside(zone, ignored), squareMetres(zone)))
              .toList();
    }

    private static int cells(double pixels) {
      return Math.max(2, (int) Math.round(pixels / Fidgets.CELL));
    }

    private boolean[] inside(Zone zone, boolean[] ignored) {
      boolean[] inside = new boolean[width * height];
      mark(zone, inside);
      for (int i = 0; i < inside.length; i++) {
        inside[i] &= !ignored[i];
      }
      return inside;
    }

    private void mark(Zone zone, boolean[] inside) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          inside[y * width + x] |= zone.contains((x + 0.5) / width, (y + 0.5) / height);
        }
      }
    }

    @Override
    public void close() {
      pixels.close();
      fidgets.close();
    }

    @Override
    public List<Observation> judge(Frame frame) {
      long now = frame.nanos();
      pixels.look(frame, grey, glow);
      if (background.begun() && !anchor.hold(grey, glow, background.median())) {
        forget();
      }
      learn(now);
      if (difference.look(grey, background.median()) > EVERYWHERE) {
        forget();
        learn(now);
      }
      fidgets.look(grey, glow, background, pixels.bgr(), now);
      if (fidgets.anyWaves()) {
        difference.without(fidgets.waves());
      }
      if (fidgets.snows()) {
        difference.withoutBrighter(grey, background.median());
      }
      boolean valid = background.ready() && !fidgets.undecided() && difference.brightness() >= DARK;
      List<Sighting> seen = valid ? sightings(now) : List.of();
      mark(seen);
      List<Blob> blobs = seen.stream().map(Sighting::blob).toList();
      List<double[]> shares =
          counted.stream().map(zone -> zone.share(blobs, pixels.label(), width)).toList();
      Optional<boolean[]> denied = doubt.flatMap(d -> denied(d, frame, seen, shares));
      return IntStream.range(0, counted.size())
          .mapToObj(i -> report(frame, counted.get(i), seen, shares.get(i), denied, valid))
          .toList();
    }

    /** For each sighting whether nobody is there; empty when nobody has looked. */
    private Optional<boolean[]> denied(
        Doubt by, Frame frame, List<Sighting> seen, List<double[]> shares) {
      int[] people =
          IntStream.range(0, seen.size())
              .filter(i -> isPeople(seen.get(i)))
              .filter(i -> shares.stream().anyMatch(share -> share[i] > 0))
              .toArray();
      List<Doubt.Claim> claims =
          IntStream.of(people).mapToObj(i -> claim(seen.get(i).blob())).toList();
      return by.nobody(frame, claims)
          .map(
              nobody -> {
                boolean[] denied = new boolean[seen.size()];
                for (int claim = 0; claim < people.length; claim++) {
                  denied[people[claim]] = nobody[claim];
                }
                return denied;
              });
    }

    private boolean isPeople(Sighting one) {
      return one.isSomething() && !one.isFast() && one.blob().persons(perspective, height) > 0;
    }

    private Doubt.Claim claim(Blob blob) {
      return new Doubt.Claim(
          region(blob),
          blob.persons(perspective, height),
          perspective.height(blob.y() + blob.height(), height) / height);
    }

    private void learn(long now) {
      if (background.learn(grey, standing, now)) {
        difference.learned();
      }
    }

    private void forget() {
      background.forget();
      fidgets.forget();
      nearby.forget();
    }

    private List<Sighting> sightings(long now) {
      List<Blob> blobs = pixels.blobs(difference.foreground());
      double[] near = nearby.shares(pixels.label(), blobs, perspective, now);
      if (blobs.isEmpty()) {
        return List.of();
      }
      double[] steps = outlines.steps(grey, background.median(), pixels.label(), blobs);
      double[] fresh = difference.fresh(grey, background.median(), pixels, blobs);
      return IntStream.range(0, blobs.size())
          .mapToObj(i -> new Sighting(blobs.get(i), steps[i], fresh[i], near[i]))
          .toList();
    }

    /** Only what has an outline of its own is kept from becoming background. */
    private void mark(List<Sighting> seen) {
      Arrays.fill(standing, (byte) 0);
      for (int i = 0; i < seen.size(); i++) {
        if (seen.get(i).hasOutline()) {
          mark(seen.get(i).blob(), i + 1);
        }
      }
    }

    private void mark(Blob blob, int number) {
      short[] label = pixels.label();
      for (int y = blob.y(); y < blob.y() + blob.height(); y++) {
        for (int i = y * width + blob.x(); i < y * width + blob.x() + blob.width(); i++) {
          standing[i] |= (byte) (label[i] == number ? 1 : 0);
        }
      }
    }

    private Observation report(
        Frame frame,
        ZoneCount zone,
        List<Sighting> seen,
        double[] share,
        Optional<boolean[]> denied,
        boolean valid) {
      double moving = 0;
      double vehicles = 0;
      double nobody = 0;
      List<Blob> people = new ArrayList<>();
      for (int i = 0; i < seen.size(); i++) {
        Sighting sighting = seen.get(i);
        Blob blob = sighting.blob();
        if (!sighting.isSomething()) {
          continue;
        }
        double persons = sighting.isFast() ? 0 : share[i] * blob.persons(perspective, height);
        moving += persons;
        if (persons > 0 && denied.isPresent() && denied.get()[i]) {
          nobody += persons;
        } else if (persons > 0) {
          people.add(blob);
        } else if (sighting.isFast() || blob.isVehicle(perspective, height)) {
          vehicles += share[i] * blob.size(perspective, height);
        }
      }
      if (denied.isPresent()) {
        zone.deny(nobody, frame.nanos());
      }
      double taken = Math.min(moving, zone.denied(frame.nanos()));
      moving -= taken;
      vehicles += taken;
      double dense = valid ? dense(zone) : 0;
      boolean crowded = dense > moving;
      double persons = valid ? zone.smooth(Math.max(moving, dense)) : 0;
      double score =
          (perspective.measured() ? 0.9 : 0.7)
              * (crowded ? 0.8 : 1)
              * (1 - fidgets.flames())
              * (persons + 1)
              / (persons + 1 + vehicles);
      return new Observation(
          camera,
          zone.id(),
          Observation.Kind.CROWD,
          NAME,
          valid ? score : 0,
          valid ? OptionalDouble.of(persons) : OptionalDouble.empty(),
          valid,
          features(persons, moving, dense, vehicles, taken, zone.squareMetres()),
          regions(people),
          frame.nanos(),
          frame.at());
    }

    private double dense(ZoneCount zone) {
      double persons = 0;
      for (int cell = 0; cell < fidgets.columns() * fidgets.rows(); cell++) {
        int x = cell % fidgets.columns() * Fidgets.CELL + Fidgets.CELL / 2;
        int y = cell / fidgets.columns() * Fidgets.CELL + Fidgets.CELL / 2;
        if (fidgets.dense(cell) && zone.covers(y * width + x)) {
          persons += DENSE_COVER * Fidgets.CELL * Fidgets.CELL / perspective.area(y, height);
        }
      }
      return persons;
    }

    private Map<String, Double> features(
        double persons,
        double moving,
        double dense,
        double vehicles,
        double denied,
        OptionalDouble squareMetres) {
      double wide = perspective.measured() ? 1.3 : 1.6;
      Map<String, Double> features = new LinkedHashMap<>();
      features.put("persons_low", persons / wide);
      features.put("persons_high", persons * wide);
      features.put("moving", moving);
      features.put("dense", dense);
      features.put("vehicles", vehicles);
      if (doubt.isPresent()) {
        features.put("denied", denied);
      }
      squareMetres.ifPresent(
          area -> {
            features.put("area_m2", area);
            features.put(Observation.DENSITY, persons / area);
          });
      return features;
    }

    private List<Region> regions(List<Blob> people) {
      return people.stream()
          .sorted(Comparator.comparingInt((Blob blob) -> -blob.area()))
          .limit(MOST_REGIONS)
          .map(this::region)
          .toList();
    }

    private Region region(Blob blob) {
      return new Region(
          (double) blob.x() / width,
          (double) blob.y() / height,
          (double) blob.width() / width,
          (double) blob.height() / height);
    }
  }
}
