package org.cityedge.video.evidence;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Picture;
import org.jspecify.annotations.Nullable;

/**
 * Makes the masked pictures of one camera. Pixelated are: everything that differs from the slow
 * background (for smoke only outside of the observation's regions, so that the smoke stays
 * visible), faces found by cascades, and the heads of people found by HOG. Any failure withholds
 * the picture.
 *
 * <p>A person who stands still for many minutes becomes background, and is then masked only where a
 * face or a standing figure is found.
 *
 * <p>Confined to the camera's thread. Owns native memory until {@link #close}.
 */
public final class Evidence implements AutoCloseable {
  private final Background background;
  private @Nullable People people;
  private Mat picture = new Mat();
  private @Nullable String withheld = "nothing was seen yet";

  /**
   * @throws UnsatisfiedLinkError when OpenCV cannot be loaded
   */
  public Evidence() {
    Natives.load();
    background = new Background();
  }

  /**
   * Learns what stands still; call it with every analysed frame, in order of time. When that fails,
   * pictures are withheld until it works again.
   */
  public void learn(Frame frame) {
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

  /** The frame, masked for what was observed in it. */
  public Picture picture(Frame frame, Observation observation) {
    if (withheld != null) {
      return new Picture.Withheld(withheld);
    }
    try {
      // What outlives this call must come into being outside of the scope.
      load(frame);
      if (people == null) {
        people = new People();
      }
      try (PointerScope _ = new PointerScope()) {
        mask(people, observation);
        return new Picture.Masked(Jpeg.encode(picture), frame.at());
      }
    } catch (RuntimeException | LinkageError e) {
      return new Picture.Withheld("masking failed: " + e.getMessage());
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
    if (withheld != null) {
      throw new IllegalStateException(withheld);
    }
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
