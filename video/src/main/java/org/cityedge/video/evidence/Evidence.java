package org.cityedge.video.evidence;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;
import org.cityedge.video.Zone;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the masked pictures of one camera. Pixelated are: everything that differs from the slow
 * background (for smoke only outside of the observation's regions, so that the smoke stays
 * visible), faces found by cascades, and the heads of people found by HOG. Any failure withholds
 * the picture.
 *
 * <p>A person who stands still for many minutes becomes background, and is then masked only where a
 * face or a standing figure is found. In the first 15 s nothing is shown, and until {@link
 * #SETTLING} is over all of a picture but smoke is pixelated, since who stands there from the start
 * cannot be told from what does.
 *
 * <p>Confined to the camera's thread. Owns native memory until {@link #close}.
 */
public final class Evidence implements AutoCloseable {
  /** Until something in a picture counts as background. */
  public static final Duration SETTLING = Background.SETTLING;

  /** How often the background learns: it settles within half a minute, so more shows nothing. */
  private static final long STEP_NANOS = Duration.ofMillis(950).toNanos();

  /** At 640 pixels a quarter of it is usual. */
  private static final int ORIGINAL_BYTES = 512 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);

  private final List<Zone> zones;
  private final Background background;
  private @Nullable People people;
  private Mat picture = new Mat();
  private @Nullable String withheld = "nothing was seen yet";
  private @Nullable String doubt;
  private boolean any;
  private long learnedNanos;

  /**
   * @throws UnsatisfiedLinkError when OpenCV cannot be loaded
   */
  public Evidence() {
    this(List.of());
  }

  /**
   * @param zones are drawn on annotated pictures
   * @throws UnsatisfiedLinkError when OpenCV cannot be loaded
   */
  public Evidence(List<Zone> zones) {
    this.zones = List.copyOf(zones);
    Natives.load();
    background = new Background();
  }

  /**
   * Learns what stands still; call it with every analysed frame, in order of time, of which one a
   * second is taken. When that fails, pictures are withheld until it works again.
   */
  public void learn(Frame frame) {
    if (any && frame.nanos() - learnedNanos < STEP_NANOS) {
      return;
    }
    any = true;
    learnedNanos = frame.nanos();
    try {
      load(frame);
      try (PointerScope _ = new PointerScope()) {
        background.learn(picture, frame.nanos());
      }
      withheld = background.isLearned() ? null : "what stands still is not yet learned";
    } catch (RuntimeException e) {
      withheld = "the background cannot be learned: " + e.getMessage();
    }
  }

  /** From now on nothing is shown, and no original kept, until the view is recognised. */
  public void doubt(String why) {
    doubt = why;
  }

  /** Privacy zones lie where they were drawn. */
  public void recognised() {
    doubt = null;
  }

  private Optional<String> reason() {
    return Optional.ofNullable(doubt == null ? withheld : doubt);
  }

  /** The frame, masked for what was observed in it. */
  public Picture picture(Frame frame, Observation observation) {
    Optional<String> reason = reason();
    if (reason.isPresent()) {
      return new Picture.Withheld(reason.get());
    }
    try {
      // What outlives this call must come into being outside of the scope.
      load(frame);
      if (people == null) {
        people = new People();
      }
      try (PointerScope _ = new PointerScope()) {
        mask(people, observation);
        byte[] clean = Jpeg.encode(picture);
        Drawing.on(picture, zones, observation.regions());
        return new Picture.Masked(clean, frame.at(), Optional.of(Jpeg.encode(picture)));
      }
    } catch (RuntimeException | LinkageError e) {
      return new Picture.Withheld("masking failed: " + e.getMessage());
    }
  }

  /** The frame as it is; empty when it cannot be encoded, or its view is in doubt. */
  public Optional<Original> original(Frame frame) {
    if (doubt != null) {
      return Optional.empty();
    }
    try {
      load(frame);
      try (PointerScope _ = new PointerScope()) {
        return Optional.of(new Original(Jpeg.encode(picture, ORIGINAL_BYTES), frame.at()));
      }
    } catch (RuntimeException e) {
      LOG.warn("An original cannot be encoded. reason=\"{}\"", e.getMessage());
      return Optional.empty();
    }
  }

  private void mask(People people, Observation observation) {
    List<People.Patch> patches = people.find(picture);
    mask(picture, background, patches, spared(observation));
  }

  /** Smoke moves as people do and is to be seen; a crowd is not. */
  static List<Region> spared(Observation observation) {
    return observation.kind() == Kind.SMOKE ? observation.regions() : List.of();
  }

  /** Pixelates in place; the one way in which stills and clips are masked. */
  static void mask(
      Mat picture, Background background, List<People.Patch> patches, List<Region> spared) {
    Mat moving = background.foreground(picture);
    spared.forEach(region -> Mosaic.spare(moving, region));
    Mosaic.masked(picture, moving);
    patches.forEach(patch -> Mosaic.patch(picture, patch));
  }

  /**
   * What stands still right now, so that a clip can be masked on another thread, which closes it.
   *
   * @throws IllegalStateException when that is not known; the text says why
   */
  Background ground() {
    reason()
        .ifPresent(
            why -> {
              throw new IllegalStateException(why);
            });
    return background.copy();
  }

  private void load(Frame frame) {
    if (picture.cols() != frame.width() || picture.rows() != frame.height()) {
      picture.close();
      picture = new Mat(frame.height(), frame.width(), opencv_core.CV_8UC3);
    }
    picture.data().put(frame.bgr());
  }

  @Override
  public void close() {
    background.close();
    picture.close();
    if (people != null) {
      people.close();
    }
  }
}
