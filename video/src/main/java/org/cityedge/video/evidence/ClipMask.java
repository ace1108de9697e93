package org.cityedge.video.evidence;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.evidence.People.Patch;
import org.cityedge.video.privacy.PrivacyMask;
import org.jspecify.annotations.Nullable;

/**
 * Masks the pictures of a clip one after the other, as {@link Evidence} does for stills: privacy
 * zones black, what differs from what stood still pixelated in every picture. Faces and heads,
 * which are what somebody who stands still shows, are looked for in every third picture (the
 * cascades and HOG take longer than everything else together), and pixelated from three pictures
 * before to three after each find. Pictures therefore come out three later than they go in.
 *
 * <p>Confined to the thread that makes clips. Closes neither the people finder nor the order.
 */
final class ClipMask {
  /** Between two searches for people. */
  private static final int STRIDE = 3;

  /**
   * Between two looks at whether it is the same view; two seconds. The last picture is one more.
   */
  private static final int LOOK_EVERY = 10;

  /** An observation tells where smoke is until this long before and after it. */
  private static final long HOLDS = Duration.ofMillis(1500).toNanos();

  /** Takes what is masked; the buffer is only lent. */
  interface Sink {
    void accept(byte[] bgr) throws IOException;
  }

  /** Pixels that wait for the next search. */
  private record Waiting(byte[] bgr, long nanos) {}

  private final ClipOrder order;
  private final People people;
  private final PrivacyMask privacy;
  private final int width;
  private final int height;
  private final Sink sink;

  /** Only where it is not known that the pictures show the view of the ground. */
  private final @Nullable SameView view;

  /** The picture that came last, not covered; empty where no view is told. */
  private final byte[] latest;

  private final List<Waiting> waiting = new ArrayList<>(STRIDE);
  private List<Patch> before = List.of();
  private int pictures;
  private boolean looked;

  ClipMask(ClipOrder order, People people, int width, int height, Sink sink) {
    this.order = order;
    this.people = people;
    this.width = width;
    this.height = height;
    this.sink = sink;
    privacy = new PrivacyMask(order.privacy());
    view = view(order, width, height);
    latest = new byte[view == null ? 0 : width * height * 3];
  }

  /** Two streams of one camera may be cut from its sensor in two ways, or be of two lenses. */
  private static @Nullable SameView view(ClipOrder order, int width, int height) {
    if (!order.main() && order.ground().hasShapeOf(width, height)) {
      return null;
    }
    try (PointerScope _ = new PointerScope()) {
      return new SameView(order.ground(), order.privacy());
    }
  }

  /**
   * Takes the next picture.
   *
   * @param bgr only lent
   * @param nanos when it was taken
   * @throws IOException when the sink refuses what is masked
   */
  void add(byte[] bgr, long nanos) throws IOException {
    byte[] copy = bgr.clone();
    if (view != null) {
      System.arraycopy(bgr, 0, latest, 0, latest.length);
      looked = pictures % LOOK_EVERY == 0;
      if (looked) {
        look(view, latest);
      }
    }
    // The ground was learned of pictures that were covered as well.
    privacy.cover(copy, width, height);
    if (pictures == 0) {
      before = find(copy);
    }
    pictures++;
    if (waiting.size() == STRIDE) {
      release(find(copy));
    }
    waiting.add(new Waiting(copy, nanos));
  }

  private void look(SameView view, byte[] bgr) {
    try (PointerScope _ = new PointerScope();
        Mat picture = new Mat(height, width, opencv_core.CV_8UC3)) {
      picture.data().put(bgr);
      view.look(picture);
    }
  }

  /**
   * No further picture comes.
   *
   * @throws IOException when the sink refuses what is masked
   * @throws OtherViewException when privacy zones may lie elsewhere in these pictures, because
   *     nobody could tell that they show the view that they were drawn in; also without zones where
   *     the same seconds can be had of that view, for smoke is pixelated in these
   */
  void finish() throws IOException {
    if (view != null && pictures > 0 && !looked) {
      look(view, latest);
    }
    boolean recognised = view == null || view.isRecognised();
    order.viewTold().accept(recognised);
    if (!recognised && (!order.privacy().isEmpty() || order.instead().isPresent())) {
      throw new OtherViewException(
          "privacy zones cannot be placed: it cannot be told that %s, %dx%d, shows the view that"
                  .formatted(order.main() ? "mainSource" : "source", width, height)
              + " they were drawn in");
    }
    if (!waiting.isEmpty()) {
      release(find(waiting.getLast().bgr()));
    }
  }

  private void release(List<Patch> after) throws IOException {
    List<Patch> both = new ArrayList<>(before);
    both.addAll(after);
    for (Waiting one : waiting) {
      try (PointerScope _ = new PointerScope();
          Mat picture = new Mat(height, width, opencv_core.CV_8UC3)) {
        picture.data().put(one.bgr());
        Evidence.mask(picture, order.ground(), both, spared(one.nanos()));
        picture.data().get(one.bgr());
      }
      // A block across a zone's edge carries its neighbours' colour into it: harmless, yet not
      // black.
      privacy.cover(one.bgr(), width, height);
      sink.accept(one.bgr());
    }
    waiting.clear();
    before = after;
  }

  private List<Patch> find(byte[] bgr) {
    try (PointerScope _ = new PointerScope();
        Mat picture = new Mat(height, width, opencv_core.CV_8UC3)) {
      picture.data().put(bgr);
      return people.find(picture);
    }
  }

  /** Unless it is told that the view is the one it was seen in, nobody knows where smoke is. */
  private List<Region> spared(long nanos) {
    if (view != null && !view.isRecognised()) {
      return List.of();
    }
    return order.spared().stream()
        .filter(s -> Math.abs(s.nanos() - nanos) <= HOLDS)
        .flatMap(s -> s.regions().stream())
        .distinct()
        .toList();
  }
}
