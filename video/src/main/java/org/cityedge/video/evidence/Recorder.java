package org.cityedge.video.evidence;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Clip;
import org.cityedge.video.Observation;
import org.cityedge.video.evidence.ClipOrder.Spared;
import org.cityedge.video.source.MainStream;
import org.cityedge.video.source.Recording;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last seconds of one camera, and the clips that are ordered of them: waits until a clip's last
 * second is recorded, has it cut, and hands it to the {@link ClipMaker}. At most {@value #WAITING}
 * clips wait for their end. When the run folder refuses, there are no clips, and nothing else
 * changes.
 *
 * <p>Confined to the camera's thread.
 */
public final class Recorder implements AutoCloseable {
  static final int WAITING = 2;

  /** The folder of the stream for evidence, within the camera's. */
  private static final String MAIN = "main";

  /** Five frames a second over the longest clip, in four zones; beyond it the oldest goes. */
  private static final int MOST_SPARED = 2000;

  private static final String NO_CLIP = "no clip: ";

  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);

  /** A clip whose end has not come yet. */
  record Pending(
      long at, long from, long until, Background ground, boolean smoke, Consumer<Clip> whenDone) {}

  private final CameraConfig camera;
  private final EvidenceConfig config;
  private final ClipMaker maker;
  private final ClipCutter cutter;
  private final LongSupplier nanos;
  private final InstantSource clock;
  private final Path folder;
  private final KeyFiles keys;
  private @Nullable Ring ring;
  private final Optional<MainSource> main;
  private final List<Pending> pending = new ArrayList<>(WAITING);
  private final ArrayDeque<Spared> spared = new ArrayDeque<>();
  private final ShortfallWatch shortfall;
  private @Nullable String trouble;
  private boolean doubted;
  private long doubtedAt;

  /**
   * @param folder the camera's own in the run folder; whatever is in it is removed
   * @param keys where the login to the camera's stream for evidence is, when it has one
   * @param nanos monotonic time, the one of the camera's frames
   */
  public Recorder(
      CameraConfig camera,
      EvidenceConfig config,
      ClipMaker maker,
      Path folder,
      KeyFiles keys,
      LongSupplier nanos,
      InstantSource clock) {
    this.camera = camera;
    this.config = config;
    this.maker = maker;
    this.nanos = nanos;
    this.clock = clock;
    this.folder = folder;
    this.keys = keys;
    this.main =
        camera
            .source()
            .main()
            .map(_ -> new MainSource(camera.id(), this::openMain, nanos.getAsLong()));
    cutter =
        new ClipCutter(
            camera,
            config.originals().areKept(),
            maker,
            same -> main.ifPresent(source -> source.viewTold(same)),
            clock);
    shortfall = new ShortfallWatch(camera.id(), config.clip());
    maker.zones(camera.id(), camera.privacy());
    openRing();
  }

  private void openRing() {
    try {
      ring = ring(folder);
    } catch (IOException e) {
      troubled("the folder " + folder + " cannot be used: " + e.getMessage());
    }
  }

  /** Within the other one's folder, which is emptied when that is opened: so never before it. */
  private MainRing openMain() throws IOException {
    return new MainRing(
        camera.id(),
        ring(folder.resolve(MAIN)),
        recording ->
            MainStream.open(
                camera.id(), camera.source().forEvidence(), keys, folder, recording, nanos),
        nanos,
        clock);
  }

  private Ring ring(Path folder) throws IOException {
    return new Ring(
        folder, config.ringBytes(), config.span(), EvidenceConfig.SEGMENT_SECONDS, nanos, clock);
  }

  /**
   * A connection is about to be made; where its stream is to be written, if anywhere. A folder that
   * has refused is tried again.
   */
  public Optional<Recording> connecting() {
    if (ring == null) {
      openRing();
    }
    if (ring == null) {
      return Optional.empty();
    }
    try {
      ring.finish();
      return Optional.of(ring.recording());
    } catch (IOException e) {
      troubled(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** A frame of which nobody knows whether privacy zones hide what they are to: no clip of it. */
  public void doubt(long at) {
    doubted = true;
    doubtedAt = at;
  }

  /** A detector saw something; a clip shows smoke where it was seen. */
  public void saw(Observation observation) {
    if (!Evidence.spared(observation).isEmpty() && observation.score() >= Observation.SUSPECT) {
      if (spared.size() == MOST_SPARED) {
        spared.removeFirst();
      }
      spared.add(new Spared(observation.nanos(), observation.regions()));
    }
  }

  /**
   * Orders a clip of the seconds around a moment.
   *
   * @param smoke whether it is to show smoke as it is, where some was seen
   * @param whenDone called exactly once: by this, at the latest when it is closed, or by the {@link
   *     ClipMaker} once the clip was handed to it, at the latest when that is closed
   */
  public void order(long at, Evidence evidence, boolean smoke, Consumer<Clip> whenDone) {
    order(at, evidence::ground, smoke, whenDone);
  }

  /**
   * The same.
   *
   * @param ground what stands still, to be closed by this; or its failure, which tells why not
   */
  void order(long at, Supplier<Background> ground, boolean smoke, Consumer<Clip> whenDone) {
    if (ring == null) {
      whenDone.accept(new Clip.Withheld("nothing is recorded: " + trouble));
      return;
    }
    if (pending.size() == WAITING) {
      whenDone.accept(new Clip.Withheld(WAITING + " clips of this camera are being recorded"));
      return;
    }
    try {
      pending.add(
          new Pending(
              at,
              at - config.before().toNanos(),
              at + config.after().toNanos(),
              ground.get(),
              smoke,
              whenDone));
    } catch (RuntimeException e) {
      whenDone.accept(new Clip.Withheld(String.valueOf(e.getMessage())));
    } catch (Error e) {
      // For want of memory, native or not. Whoever orders has an alert in hand, and a siren to
      // switch: those must not go with the clip.
      LOG.error("A clip cannot be ordered. camera={}", camera.id(), e);
      whenDone.accept(new Clip.Withheld(NO_CLIP + e));
    }
  }

  /**
   * Once a second or so.
   *
   * @param writer what the child complained of while it wrote, if it did
   */
  public void tick(Optional<String> writer) {
    if (ring == null) {
      return;
    }
    long now = nanos.getAsLong();
    try {
      ring.tick();
      writer.ifPresentOrElse(this::troubled, this::well);
    } catch (IOException e) {
      troubled(String.valueOf(e.getMessage()));
    }
    main.ifPresent(source -> source.tick(now));
    shortfall.measure(ring, main.flatMap(MainSource::ring));
    for (Iterator<Pending> all = pending.iterator(); all.hasNext(); ) {
      Pending one = all.next();
      // Beyond the slack no further segment is to be hoped for: the stream is broken.
      boolean late = now - one.at() > config.span().minus(config.before()).toNanos();
      if (isThrough(one, ring) || late) {
        all.remove();
        hand(one, now);
      }
    }
    long oldest = now - config.span().toNanos();
    while (!spared.isEmpty() && spared.getFirst().nanos() - oldest < 0) {
      spared.removeFirst();
    }
  }

  /** Whether its last second is recorded, of each stream that may have to serve. */
  private boolean isThrough(Pending one, Ring small) {
    Optional<Ring> large = main.flatMap(MainSource::written);
    if (large.isEmpty()) {
      return small.reaches(one.until());
    }
    if (main.filter(source -> source.beginsAfter(one.from())).isPresent()) {
      // It will never hold this one, whose first seconds source may not keep for long.
      return small.reaches(one.until());
    }
    // A clip that is cut or made anew from source is to be whole too; yet while source, whose
    // files may be longer, is waited for, the first seconds of a whole mainSource must not go.
    boolean presses =
        main.flatMap(source -> source.covering(one.from(), one.until())).isPresent()
            && !large.get().hasRoomSince(one.from());
    return large.get().reaches(one.until()) && (presses || small.reaches(one.until()));
  }

  /**
   * What clips lack because {@code ringBytes} are too few, or because nobody can tell that the
   * stream for evidence shows the same view; empty while they are whole.
   */
  public Optional<String> lack() {
    return shortfall.lack().or(() -> main.flatMap(MainSource::lack));
  }

  private void hand(Pending one, long now) {
    ClipOrder order;
    try {
      order = cut(one, now);
    } catch (IOException e) {
      one.ground().close();
      one.whenDone().accept(new Clip.Withheld(NO_CLIP + e.getMessage()));
      return;
    } catch (RuntimeException | Error e) {
      withhold(one, NO_CLIP + e);
      throw e;
    }
    maker.accept(order);
  }

  private ClipOrder cut(Pending one, long now) throws IOException {
    if (doubted && doubtedAt - one.from() >= 0) {
      throw new IOException("privacy zones may lie elsewhere in it");
    }
    List<Ring.Segment> small = ring == null ? List.of() : ring.between(one.from(), one.until());
    // Only as a whole: a clip that begins in one stream and ends in the other would jump.
    List<Ring.Segment> large =
        main.flatMap(source -> source.covering(one.from(), one.until()))
            .map(whole -> whole.between(one.from(), one.until()))
            .orElse(List.of());
    if (small.isEmpty() && large.isEmpty()) {
      throw new IOException("nothing was recorded in that time");
    }
    return cutter.cut(one, small, large, List.copyOf(spared), now);
  }

  private static void withhold(Pending one, String reason) {
    one.ground().close();
    withhold(one.whenDone(), reason);
  }

  /** Whatever its consumer throws, what else is to be done, and to be thrown, still is. */
  private static void withhold(Consumer<Clip> whenDone, String reason) {
    try {
      whenDone.accept(new Clip.Withheld(reason));
    } catch (RuntimeException | Error e) {
      LOG.error("That there is no clip could not be handed on.", e);
    }
  }

  /**
   * Removes a folder of recordings; nothing happens when there is none.
   *
   * @throws IOException when the disk refuses
   */
  public static void remove(Path folder) throws IOException {
    Ring.remove(folder);
  }

  private void troubled(String reason) {
    // Once, however often its words change.
    if (trouble == null) {
      LOG.warn(
          "Recording of a camera is in trouble, so its clips may be; is the run folder full?"
              + " camera={} reason=\"{}\"",
          camera.id(),
          reason);
    }
    trouble = reason;
  }

  private void well() {
    if (trouble != null) {
      LOG.info("Recording of a camera works again. camera={}", camera.id());
      trouble = null;
    }
  }

  @Override
  public void close() {
    pending.forEach(one -> withhold(one, ClipMaker.STOPPED));
    pending.clear();
    // Each for itself: what is in their folders is not masked.
    main.ifPresent(MainSource::close);
    if (ring == null) {
      return;
    }
    try {
      ring.close();
    } catch (IOException e) {
      LOG.warn("The ring's folder stays until the next start. camera={}", camera.id(), e);
    }
  }
}
