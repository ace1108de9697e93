package org.cityedge.video.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Detector;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Zone;

/**
 * Counts people with a network, once a second by the frames' time, behind the classical detector:
 * that one sees every frame, says whether the picture can be judged at all, and is what is left
 * when the network fails. A person belongs to a zone by the middle of his box's lower edge. The
 * count is the median of the last five looks.
 *
 * <p>Owns both; confined to one thread.
 */
public final class ModelCrowd implements Detector {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int SMOOTHED = 5;
  private static final int MOST_REGIONS = 32;

  /** Confidence that what was counted is people, an estimate; how many it missed is not in it. */
  private static final double SURE = 0.9;

  /** Of the network's count alone; the reported band takes in the classical one as well. */
  private static final double BAND = 1.3;

  private final Detector classical;
  private final Model model;
  private final String detector;
  private final Consumer<ModelException> failed;
  private final Map<String, Zone> zones = new HashMap<>();
  private final List<Zone> ignore;
  private final Map<String, List<Double>> counts = new HashMap<>();
  private List<Box> people = List.of();
  private long looked;
  private boolean begun;
  private boolean broken;

  /**
   * @param failed told once, when the network fails; the classical count goes on alone
   * @throws ModelException when the model has no class {@code person}
   */
  public ModelCrowd(
      CameraConfig config, Detector classical, Model model, Consumer<ModelException> failed)
      throws ModelException {
    if (!model.knows(Label.PERSON)) {
      throw new ModelException(
          model.name() + ": the model has no class person, so it cannot count people");
    }
    this.classical = classical;
    this.model = model;
    this.failed = failed;
    detector = "crowd-" + model.name() + "/1";
    zones.put(Zone.FRAME.id(), Zone.FRAME);
    config.zones().forEach(zone -> zones.put(zone.id(), zone));
    ignore = config.ignore();
  }

  @Override
  public List<Observation> observe(Frame frame) {
    List<Observation> seen = classical.observe(frame);
    if (begun && frame.nanos() < looked) {
      counts.clear();
      begun = false;
    }
    if (!broken && (!begun || frame.nanos() - looked >= EVERY_NANOS)) {
      look(frame);
    }
    return broken ? seen : seen.stream().map(this::counted).toList();
  }

  private void look(Frame frame) {
    looked = frame.nanos();
    begun = true;
    try {
      people =
          model.look(frame).stream()
              .filter(box -> box.label() == Label.PERSON)
              .filter(box -> ignore.stream().noneMatch(part -> stands(box, part)))
              .toList();
    } catch (ModelException e) {
      broken = true;
      failed.accept(e);
      return;
    }
    zones.forEach(
        (id, zone) -> {
          List<Double> last = counts.computeIfAbsent(id, any -> new ArrayList<>());
          last.add((double) people.stream().filter(box -> stands(box, zone)).count());
          if (last.size() > SMOOTHED) {
            last.removeFirst();
          }
        });
  }

  /** Just above the edge: a person cut off by the picture's lower edge stands in the picture. */
  private static boolean stands(Box box, Zone zone) {
    return zone.contains((box.left() + box.right()) / 2, Math.min(box.bottom(), 1 - 1e-6));
  }

  private Observation counted(Observation seen) {
    Zone zone = zones.getOrDefault(seen.zone(), Zone.FRAME);
    List<Double> last = counts.getOrDefault(seen.zone(), List.of());
    if (last.isEmpty() || !seen.valid()) {
      return seen;
    }
    double persons = last.stream().sorted().skip(last.size() / 2).findFirst().orElseThrow();
    Map<String, Double> features = new LinkedHashMap<>(seen.features());
    features.put("classical", seen.persons().orElse(0));
    features.merge("persons_low", persons / BAND, Math::min);
    features.merge("persons_high", persons * BAND, Math::max);
    return new Observation(
        seen.camera(),
        seen.zone(),
        seen.kind(),
        detector,
        SURE,
        OptionalDouble.of(persons),
        true,
        features,
        people.stream()
            .filter(box -> stands(box, zone))
            .limit(MOST_REGIONS)
            .map(
                box ->
                    new Region(
                        box.left(), box.top(), box.right() - box.left(), box.bottom() - box.top()))
            .toList(),
        seen.nanos(),
        seen.at());
  }

  @Override
  public void close() {
    classical.close();
    model.close();
  }
}
