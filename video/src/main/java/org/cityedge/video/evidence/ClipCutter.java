package org.cityedge.video.evidence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.evidence.ClipOrder.Spared;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the clips of one camera: links their segments away from its rings into a folder of the
 * {@link ClipMaker}. Confined to the camera's thread.
 */
final class ClipCutter {
  /** Of a clip's pictures: the sampled ones' where it is cut from the same stream. */
  private static final int WIDTH = 640;

  /** The same for a clip that is cut from the stream for evidence. */
  private static final int MAIN_WIDTH = 1280;

  /** Of the analysed stream's segments, within a clip's folder. */
  private static final String INSTEAD = "source";

  private static final Logger LOG = LoggerFactory.getLogger(ClipCutter.class);

  private final CameraConfig camera;
  private final boolean originals;
  private final ClipMaker maker;
  private final Consumer<Boolean> viewTold;
  private final InstantSource clock;

  /**
   * @param originals whether the seconds are wanted unmasked as well, where no zone is to be hidden
   * @param viewTold takes what the clips of the stream for evidence tell; on the maker's thread
   */
  ClipCutter(
      CameraConfig camera,
      boolean originals,
      ClipMaker maker,
      Consumer<Boolean> viewTold,
      InstantSource clock) {
    this.camera = camera;
    this.originals = originals && camera.privacy().isEmpty();
    this.maker = maker;
    this.viewTold = viewTold;
    this.clock = clock;
  }

  /**
   * Cuts one, from the stream for evidence where that has it.
   *
   * @param small the clip's segments of the analysed stream
   * @param large those of the stream for evidence, all of them or none; not both lists are empty
   * @param spared where smoke was seen
   * @param now monotonic
   * @return what is to be handed to the maker; whoever takes it closes it
   * @throws IOException when they cannot be linked; nothing is left of them then
   */
  ClipOrder cut(
      Recorder.Pending one,
      List<Ring.Segment> small,
      List<Ring.Segment> large,
      List<Spared> spared,
      long now)
      throws IOException {
    Path folder = maker.newFolder();
    try {
      return large.isEmpty()
          ? order(one, small, folder, spared, now, false, Optional.empty())
          : order(one, large, folder, spared, now, true, instead(one, small, folder, spared, now));
    } catch (IOException | RuntimeException | Error e) {
      removeIfPossible(folder);
      throw e;
    }
  }

  /**
   * The analysed stream's seconds, as far as it has them, go along with those of the one for
   * evidence, since its ring goes on. What refuses them costs no more than them: they may never be
   * asked for.
   */
  private Optional<ClipOrder> instead(
      Recorder.Pending one, List<Ring.Segment> small, Path folder, List<Spared> spared, long now) {
    if (small.isEmpty()) {
      return Optional.empty();
    }
    Path within = folder.resolve(INSTEAD);
    try {
      Files.createDirectory(within);
      return Optional.of(order(one, small, within, spared, now, false, Optional.empty()));
    } catch (IOException e) {
      LOG.warn(
          "A clip cannot be made anew from source, should mainSource not show the same view."
              + " camera={} reason=\"{}\"",
          camera.id(),
          e.getMessage());
      removeIfPossible(within);
      return Optional.empty();
    }
  }

  private ClipOrder order(
      Recorder.Pending one,
      List<Ring.Segment> segments,
      Path folder,
      List<Spared> spared,
      long now,
      boolean large,
      Optional<ClipOrder> instead)
      throws IOException {
    List<Ring.Segment> linked = new ArrayList<>();
    for (Ring.Segment segment : segments) {
      Path link = folder.resolve(segment.file().getFileName());
      Files.createLink(link, segment.file());
      linked.add(new Ring.Segment(link, segment.from(), segment.until(), segment.bytes()));
    }
    long from = Math.max(0, segments.getFirst().from() - one.from()) + one.from();
    return new ClipOrder(
        camera.id(),
        folder,
        List.copyOf(linked),
        large,
        instead,
        large ? viewTold : _ -> {},
        one.from(),
        one.until(),
        clock.instant().minusNanos(now - from),
        one.ground(),
        width(large),
        camera.privacy(),
        one.smoke() ? spared : List.of(),
        originals,
        one.whenDone());
  }

  /**
   * Most that the pictures of a clip may have.
   *
   * @param large whether it is cut from the stream for evidence
   */
  static int width(boolean large) {
    return large ? MAIN_WIDTH : WIDTH;
  }

  private static void removeIfPossible(Path folder) {
    try {
      Ring.remove(folder);
    } catch (IOException e) {
      LOG.warn("A clip's folder stays until the next start. folder={}", folder, e);
    }
  }
}
