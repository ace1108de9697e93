package org.cityedge.video.model;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.config.Section;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Detector;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse.Mode;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Zone;
import org.cityedge.video.crowd.CrowdDetector;
import org.cityedge.video.crowd.Doubt.Claim;

/**
 * Counts people with the classical detector and a network. The classical one sees every frame, says
 * whether the picture can be judged at all, and is what is left while the network cannot look or
 * has not for 20 s; an observation's detector names whom it is of.
 *
 * <ul>
 *   <li>{@link Mode#AND}: a blob that counts as a few people is taken off where the network sees
 *       nobody and a person would be large enough in its input for it to see one.
 *   <li>{@link Mode#ONNX}: the network's count, the median of up to five looks; but where a dense
 *       crowd stands, the classical one.
 *   <li>{@link Mode#OR}: the larger of the two.
 * </ul>
 *
 * <p>A person that the network sees belongs to a zone by the middle of his box's lower edge.
 * Confined to one thread; owns the lens and the classical detector.
 */
final class ModelCrowd implements Detector {
  private static final int SMOOTHED = 5;
  private static final long HOLDS = Duration.ofSeconds(20).toNanos();
  private static final int MOST_REGIONS = 32;

  /** Confidence that what was counted is people, an estimate; how many it missed is not in it. */
  private static final double SURE = 0.9;

  /** Of the network's count alone; the reported band takes in the classical one as well. */
  private static final double BAND = 1.3;

  /** Larger blobs are crowds, in which networks of this size miss most. */
  private static final double FEW = 30;

  /** Pixels of the network's input that a person must be high to be missed. */
  private static final double VISIBLE = 16;

  /** Of the sidecar's least score, what suffices to let people stand. */
  private static final double BENEFIT = 0.5;

  private record Count(long nanos, double persons) {}

  private final CrowdDetector classical;
  private final Lens lens;
  private final Mode mode;
  private final Map<String, Zone> zones = new HashMap<>();
  private final List<Zone> ignore;
  private final Map<String, Deque<Count>> counts = new HashMap<>();
  private List<Box> people = List.of();
  private String detector = CrowdDetector.NAME;
  private boolean looked;
  private long lookedNanos;

  ModelCrowd(CameraConfig config, Lens lens, Mode mode) {
    this.lens = lens;
    this.mode = mode;
    classical =
        new CrowdDetector(config, mode == Mode.AND ? Optional.of(this::nobody) : Optional.empty());
    zones.put(Zone.FRAME.id(), Zone.FRAME);
    config.zones().forEach(zone -> zones.put(zone.id(), zone));
    ignore = config.ignore();
  }

  @Override
  public List<Observation> observe(Frame frame) {
    if (looked && (frame.nanos() < lookedNanos || frame.nanos() - lookedNanos > HOLDS)) {
      looked = false;
      counts.clear();
    }
    List<Observation> seen = classical.observe(frame);
    if (mode != Mode.AND && seen.stream().anyMatch(Observation::valid)) {
      look(frame, 1).ifPresent(look -> count(look, frame.nanos()));
    }
    if (!looked) {
      return seen;
    }
    return seen.stream().map(mode == Mode.AND ? this::named : this::counted).toList();
  }

  private Optional<Lens.Look> look(Frame frame, double share) {
    Optional<Lens.Look> look = lens.look(frame, Model.WHOLE, share, false);
    look.ifPresent(
        seen -> {
          looked = true;
          lookedNanos = frame.nanos();
          detector = "crowd-" + seen.card().name() + "-" + Section.wordFor(mode) + "/1";
        });
    return look;
  }

  /** As a {@link org.cityedge.video.crowd.Doubt}; looks only when there is something to doubt. */
  private Optional<boolean[]> nobody(Frame frame, List<Claim> claims) {
    if (claims.stream().noneMatch(claim -> claim.persons() <= FEW)) {
      return Optional.of(new boolean[claims.size()]);
    }
    return look(frame, BENEFIT)
        .map(
            look -> {
              int rows = look.card().rows(frame.width(), frame.height());
              boolean[] nobody = new boolean[claims.size()];
              for (int i = 0; i < nobody.length; i++) {
                Claim claim = claims.get(i);
                nobody[i] =
                    claim.persons() <= FEW
                        && claim.personHeight() * rows >= VISIBLE
                        && look.boxes().stream().noneMatch(box -> box.touches(claim.where()));
              }
              return nobody;
            });
  }

  private void count(Lens.Look look, long nanos) {
    people =
        look.boxes().stream()
            .filter(box -> ignore.stream().noneMatch(part -> stands(box, part)))
            .toList();
    zones.forEach(
        (id, zone) -> {
          Deque<Count> last = counts.computeIfAbsent(id, any -> new ArrayDeque<>());
          last.addLast(new Count(nanos, people.stream().filter(box -> stands(box, zone)).count()));
          while (last.size() > SMOOTHED || nanos - last.getFirst().nanos() > HOLDS) {
            last.removeFirst();
          }
        });
  }

  /** Just above the edge: a person cut off by the picture's lower edge stands in the picture. */
  private static boolean stands(Box box, Zone zone) {
    return zone.contains((box.left() + box.right()) / 2, Math.min(box.bottom(), 1 - 1e-6));
  }

  private Observation named(Observation seen) {
    return seen.judged(
        detector, seen.score(), seen.persons(), seen.valid(), seen.features(), seen.regions());
  }

  private Observation counted(Observation seen) {
    if (!seen.valid()) {
      return seen;
    }
    double persons = median(seen.zone());
    double dense = seen.features().getOrDefault("dense", 0.0);
    double before = seen.persons().orElse(0);
    boolean crowded = dense > seen.features().getOrDefault("moving", 0.0);
    boolean network = mode == Mode.OR ? persons > before : !crowded;
    Map<String, Double> features = new LinkedHashMap<>(seen.features());
    features.put("classical", before);
    features.put("network", persons);
    features.merge("persons_low", persons / BAND, Math::min);
    features.merge("persons_high", persons * BAND, Math::max);
    if (!network) {
      return seen.judged(
          detector, seen.score(), seen.persons(), seen.valid(), features, seen.regions());
    }
    Double area = features.get("area_m2");
    if (area != null) {
      features.put(Observation.DENSITY, persons / area);
    }
    Zone zone = zones.getOrDefault(seen.zone(), Zone.FRAME);
    List<Region> regions =
        people.stream()
            .filter(box -> stands(box, zone))
            .limit(MOST_REGIONS)
            .map(Box::region)
            .toList();
    return seen.judged(detector, SURE, OptionalDouble.of(persons), seen.valid(), features, regions);
  }

  private double median(String zone) {
    Deque<Count> last = counts.getOrDefault(zone, new ArrayDeque<>());
    return last.stream().map(Count::persons).sorted().skip(last.size() / 2).findFirst().orElse(0.0);
  }

  @Override
  public void close() {
    classical.close();
    lens.close();
  }
}
