package org.cityedge.video.model;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
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
import org.cityedge.video.smoke.SmokeDetector;

/**
 * Looks for smoke with the classical detector and a network. What the network says is settled by
 * two of its last three looks, each within 20 s; while it cannot look, the classical detector is
 * alone, and an observation's detector names whom it is of.
 *
 * <ul>
 *   <li>{@link Mode#AND}: the network looks, before anything that merely counts, at where the
 *       classical detector suspects smoke, with half as much again around it. What it has not seen
 *       smoke in is no suspect: its score is halved, which is below {@link Observation#SUSPECT}.
 *       Where its answer takes more than 10 s, the classical detector is believed.
 *   <li>{@link Mode#ONNX}: the network alone, on the whole picture.
 *   <li>{@link Mode#OR}: the stronger of the two.
 * </ul>
 *
 * <p>A box belongs to a zone by its middle. Confined to one thread; owns the lens and the classical
 * detector.
 */
final class ModelSmoke implements Detector {
  private static final int ASKED = 3;
  private static final int ENOUGH = 2;
  private static final long HOLDS = Duration.ofSeconds(20).toNanos();

  /** How long a suspect is held back for want of an answer. */
  private static final long PATIENCE = Duration.ofSeconds(10).toNanos();

  /** A suspicion that was not there for so long is another one. */
  private static final long LAPSE = Duration.ofSeconds(5).toNanos();

  /** Around a suspect, of its width and height each way. */
  private static final double PADDING = 0.5;

  private static final double DARK = 25;

  /**
   * One look of the network.
   *
   * @param part that it looked at
   * @param best the surest box of smoke there; none is an answer as well
   */
  private record Answer(long nanos, Region part, Optional<Box> best) {}

  /** What is known of one zone, whatever the picture's size. */
  private static final class Place {
    private final Deque<Answer> answers = new ArrayDeque<>();
    private long since;
    private long suspected;
    private boolean suspect;

    void note(Answer answer) {
      answers.addLast(answer);
      if (answers.size() > ASKED) {
        answers.removeFirst();
      }
    }

    void expire(long nanos) {
      while (!answers.isEmpty() && nanos - answers.getFirst().nanos() > HOLDS) {
        answers.removeFirst();
      }
      suspect &= nanos - suspected <= LAPSE;
    }

    void suspect(long nanos) {
      if (!suspect) {
        suspect = true;
        since = nanos;
      }
      suspected = nanos;
    }

    long lastAnswer() {
      return answers.isEmpty() ? since : Math.max(since, answers.getLast().nanos());
    }
  }

  private final SmokeDetector classical;
  private final Lens lens;
  private final Mode mode;
  private final Map<String, Zone> zones = new HashMap<>();
  private final List<Zone> ignore;
  private final Map<String, Place> places = new HashMap<>();
  private String detector = SmokeDetector.NAME;
  private long nanos = Long.MIN_VALUE;

  ModelSmoke(CameraConfig config, Lens lens, Mode mode) {
    this.lens = lens;
    this.mode = mode;
    classical = new SmokeDetector(config);
    List<Zone> all = config.zones().isEmpty() ? List.of(Zone.FRAME) : config.zones();
    all.forEach(
        zone -> {
          zones.put(zone.id(), zone);
          places.put(zone.id(), new Place());
        });
    ignore = config.ignore();
  }

  @Override
  public List<Observation> observe(Frame frame) {
    List<Observation> seen = classical.observe(frame);
    if (frame.nanos() < nanos) {
      places.replaceAll((_, _) -> new Place());
    }
    nanos = frame.nanos();
    places.values().forEach(place -> place.expire(nanos));
    if (mode == Mode.AND) {
      verify(frame, seen);
    } else if (seen.stream().anyMatch(ModelSmoke::isLight)) {
      search(frame);
    }
    return lens.trouble().isPresent() ? seen : seen.stream().map(this::judged).toList();
  }

  /** Asks about the suspect that has waited longest. */
  private void verify(Frame frame, List<Observation> seen) {
    List<Observation> suspects = seen.stream().filter(ModelSmoke::isSuspect).toList();
    suspects.forEach(suspect -> place(suspect).suspect(nanos));
    suspects.stream()
        .min(Comparator.comparingLong((Observation suspect) -> place(suspect).lastAnswer()))
        .ifPresent(
            suspect -> {
              Region part = padded(suspect.regions().getFirst());
              look(frame, part, true)
                  .ifPresent(
                      look ->
                          place(suspect)
                              .note(new Answer(nanos, part, look.boxes().stream().findFirst())));
            });
  }

  private static boolean isLight(Observation seen) {
    return seen.features().getOrDefault("brightness", 0.0) >= DARK;
  }

  private static boolean isSuspect(Observation seen) {
    return seen.valid() && seen.score() >= Observation.SUSPECT && !seen.regions().isEmpty();
  }

  private Place place(Observation of) {
    return places.computeIfAbsent(of.zone(), _ -> new Place());
  }

  private void search(Frame frame) {
    look(frame, Model.WHOLE, false)
        .ifPresent(
            look ->
                zones.forEach(
                    (id, zone) ->
                        places
                            .computeIfAbsent(id, _ -> new Place())
                            .note(
                                new Answer(
                                    nanos,
                                    Model.WHOLE,
                                    look.boxes().stream()
                                        .filter(box -> lies(box, zone))
                                        .filter(box -> ignore.stream().noneMatch(p -> lies(box, p)))
                                        .findFirst()))));
  }

  private static boolean lies(Box box, Zone zone) {
    return zone.contains((box.left() + box.right()) / 2, (box.top() + box.bottom()) / 2);
  }

  private Optional<Lens.Look> look(Frame frame, Region part, boolean urgent) {
    Optional<Lens.Look> look = lens.look(frame, part, 1, urgent);
    look.ifPresent(
        seen -> detector = "smoke-" + seen.card().name() + "-" + Section.wordFor(mode) + "/1");
    return look;
  }

  /** With half its width and height more on each side, as far as the picture goes. */
  private static Region padded(Region region) {
    double left = Math.max(0, region.x() - PADDING * region.width());
    double top = Math.max(0, region.y() - PADDING * region.height());
    double right = Math.min(1, region.x() + (1 + PADDING) * region.width());
    double bottom = Math.min(1, region.y() + (1 + PADDING) * region.height());
    return new Region(left, top, right - left, bottom - top);
  }

  private Observation judged(Observation seen) {
    Place place = place(seen);
    return mode == Mode.AND ? verified(seen, place) : searched(seen, place);
  }

  private Observation verified(Observation seen, Place place) {
    if (!isSuspect(seen) || nanos - place.lastAnswer() > PATIENCE) {
      return seen;
    }
    List<Answer> about =
        place.answers.stream()
            .filter(answer -> touch(answer.part(), seen.regions().getFirst()))
            .toList();
    long positive = about.stream().filter(answer -> answer.best().isPresent()).count();
    Map<String, Double> features = features(seen, about.size(), positive);
    return positive >= ENOUGH
        ? with(seen, seen.score(), true, features, seen.regions())
        : with(seen, seen.score() / 2, true, features, seen.regions());
  }

  private Observation searched(Observation seen, Place place) {
    if (place.answers.isEmpty()) {
      return seen;
    }
    List<Box> boxes = place.answers.stream().flatMap(answer -> answer.best().stream()).toList();
    Map<String, Double> features = features(seen, place.answers.size(), boxes.size());
    features.put("classical", seen.score());
    boolean light = isLight(seen);
    boolean smoke =
        light
            && boxes.size() >= ENOUGH
            && boxes.stream().allMatch(box -> box.touches(boxes.getLast().region()));
    double score =
        smoke
            ? Math.max(
                Observation.SUSPECT, boxes.stream().mapToDouble(Box::score).average().orElse(0))
            : 0;
    if (mode == Mode.OR && (!smoke || (seen.valid() && seen.score() >= score))) {
      return with(seen, seen.score(), seen.valid(), features, seen.regions());
    }
    return with(
        seen, score, light, features, smoke ? List.of(boxes.getLast().region()) : List.of());
  }

  private static boolean touch(Region one, Region other) {
    return one.x() < other.x() + other.width()
        && one.x() + one.width() > other.x()
        && one.y() < other.y() + other.height()
        && one.y() + one.height() > other.y();
  }

  private static Map<String, Double> features(Observation seen, long looks, long positive) {
    Map<String, Double> features = new LinkedHashMap<>(seen.features());
    features.put("network_looks", (double) looks);
    features.put("network_smoke", (double) positive);
    return features;
  }

  private Observation with(
      Observation seen,
      double score,
      boolean valid,
      Map<String, Double> features,
      List<Region> regions) {
    return seen.judged(detector, score, OptionalDouble.empty(), valid, features, regions);
  }

  @Override
  public void close() {
    classical.close();
    lens.close();
  }
}
