package org.cityedge.video.model;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.cityedge.config.Section;
import org.cityedge.config.Sha256;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Detector;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Observation.Region;

/**
 * The networks of one gateway: each is in memory once, however many cameras name it, and one look
 * is taken at a time, one a second over all cameras ({@link Budget}). A look runs on the thread of
 * the camera that takes it. While one runs, what other cameras want is dropped and never queued.
 *
 * <p>Nothing here fails because of a model: what is wrong with one is told ({@link #standings}, and
 * logged once), and its cameras go on with their classical detectors. Any thread.
 */
public final class Models {
  /** Of the data folder. */
  public static final String FOLDER = "models";

  /** Different networks that a configuration may name; each takes up to some 100 MB of memory. */
  public static final int MOST = 4;

  /**
   * How one use of a network stands.
   *
   * @param trouble why it is not used, for a person
   */
  public record Standing(String camera, Kind kind, String file, Optional<String> trouble) {}

  private final Path folder;
  private final ReentrantLock turn = new ReentrantLock();

  // Guarded by turn.
  private final Map<Network.Key, Network> networks = new HashMap<>();
  private final Budget budget = new Budget();

  private final Set<Lens> lenses = ConcurrentHashMap.newKeySet();

  /**
   * @param folder where sidecars and networks lie; need not be there
   */
  public Models(Path folder) {
    this.folder = folder;
  }

  /** The detector of people that a camera's configuration asks for. */
  public Detector crowd(CameraConfig config, ModelUse use) {
    return new ModelCrowd(config, lens(config, Kind.CROWD, use), use.mode());
  }

  /** The same, of smoke. */
  public Detector smoke(CameraConfig config, ModelUse use) {
    return new ModelSmoke(config, lens(config, Kind.SMOKE, use), use.mode());
  }

  /** By camera, then kind: every use of a network by a detector that is not closed. */
  public List<Standing> standings() {
    return lenses.stream()
        .map(
            lens ->
                new Standing(
                    lens.camera(), lens.kind(), lens.network().key().file(), lens.trouble()))
        .sorted(Comparator.comparing(Standing::camera).thenComparing(Standing::kind))
        .toList();
  }

  /**
   * Looks whether a model is there and is the one that is meant; does not load it.
   *
   * @throws ModelException when it is not; names the file and the cure
   */
  public static void verify(Path folder, Kind kind, ModelUse use) throws ModelException {
    ModelCard card = ModelCard.read(folder.resolve(use.file()), use.sha256());
    byte[] _ = Model.verified(card);
    know(card, Label.of(kind));
  }

  /**
   * The same, and has the network look at a black picture.
   *
   * @throws ModelException as {@link #verify}, and when the network cannot be run
   */
  public static void test(Path folder, Kind kind, ModelUse use) throws ModelException {
    verify(folder, kind, use);
    Model.open(ModelCard.read(folder.resolve(use.file()), use.sha256())).close();
  }

  /**
   * Everything that a model can be used for, with the sha256 that its sidecar has now; it has
   * looked at a black picture.
   *
   * @throws ModelException as {@link #test}
   */
  public static Map<Kind, ModelUse> uses(Path sidecar, ModelUse.Mode mode) throws ModelException {
    ModelUse use =
        new ModelUse(sidecar.getFileName().toString(), Sha256.hex(ModelCard.bytes(sidecar)), mode);
    ModelCard card = ModelCard.read(sidecar, use.sha256());
    Model.open(card).close();
    Map<Kind, ModelUse> uses = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      if (card.classes().containsValue(Label.of(kind))) {
        uses.put(kind, use);
      }
    }
    return uses;
  }

  Lens lens(CameraConfig config, Kind kind, ModelUse use) {
    turn.lock();
    try {
      Network network =
          networks.computeIfAbsent(Network.Key.of(use), key -> new Network(folder, key));
      network.use();
      Lens lens = new Lens(this, config.id(), kind, network);
      tell(lens);
      lenses.add(lens);
      return lens;
    } finally {
      turn.unlock();
    }
  }

  Optional<Lens.Look> look(Lens lens, Frame frame, Region part, double share, boolean urgent) {
    if (!turn.tryLock()) {
      return Optional.empty();
    }
    try {
      Network network = lens.network();
      network.renew(frame.nanos());
      tell(lens);
      if (lens.trouble().isPresent() || !budget.take(lens, frame.nanos(), urgent)) {
        return Optional.empty();
      }
      Optional<Model> model = network.open(frame.nanos());
      if (model.isEmpty()) {
        return Optional.empty();
      }
      ModelCard card = model.get().card();
      List<Box> boxes = model.get().look(frame, part, share * card.score());
      network.worked(frame.nanos());
      return Optional.of(
          new Lens.Look(boxes.stream().filter(box -> box.label() == lens.label()).toList(), card));
    } catch (ModelException e) {
      lens.network().fault(e, frame.nanos());
      return Optional.empty();
    } finally {
      tell(lens);
      turn.unlock();
    }
  }

  private static void tell(Lens lens) {
    Optional<String> trouble = lens.network().trouble().map(Throwable::getMessage);
    Optional<ModelCard> card = lens.network().card();
    if (trouble.isEmpty() && card.isPresent()) {
      try {
        know(card.get(), lens.label());
      } catch (ModelException e) {
        trouble = Optional.ofNullable(e.getMessage());
      }
    }
    lens.tell(trouble);
  }

  private static void know(ModelCard card, Label label) throws ModelException {
    if (!card.classes().containsValue(label)) {
      throw new ModelException(
          card.file()
              + ": the model has no class "
              + Section.wordFor(label)
              + "; name one that has, or another class in the sidecar");
    }
  }

  void close(Lens lens) {
    if (!lenses.remove(lens)) {
      return;
    }
    turn.lock();
    try {
      budget.forget(lens);
      if (lens.network().release()) {
        networks.remove(lens.network().key());
        lens.network().close();
      }
    } finally {
      turn.unlock();
    }
  }
}
