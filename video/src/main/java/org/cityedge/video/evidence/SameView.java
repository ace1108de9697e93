package org.cityedge.video.evidence;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Zone;
import org.cityedge.video.privacy.PrivacyMask;

/**
 * Whether another stream of a camera shows what its analysed stream shows, place by place, so that
 * a zone that was drawn in one lies right in the other. Two streams may be cut from one sensor in
 * two ways, zoomed digitally, or come from two lenses, at the same shape.
 *
 * <p>Each of 60 cells of what stands still is looked for in the other stream's pictures, up to a
 * twentieth of the width aside, by normalised correlation, for which neither brightness nor
 * contrast counts. The correlations are summed over all looks, so that what moves averages out.
 * Where they peak is how far a cell is displaced. A shift, a zoom or a turn displaces the cells by
 * a plane over the picture; the plane through them, with its error, must not be off by more than
 * {@value #OFF} of the width or the height in any corner. A crop to 95 % is off by 0.025 in the
 * corners when it is centred, and by more when it is not.
 *
 * <p>Cameras write their name and the time into all streams, at the same places. So the cells in
 * the top and the bottom row speak against, but not for the same view; what speaks for it must come
 * from most parts of the picture; and a cell that is not found at all counts half against.
 *
 * <p>The view may change within a clip, and the looks before would outvote those after it. So each
 * two and each three looks that follow each other must agree as well, less exactly; one of them
 * that does not is enough for good. What changes after the last look but one may go unnoticed.
 *
 * <p>What a lens bends is no plane. It is noticed in a corner where cells contradict: where one
 * stream is corrected and the other is not, by more than some 3 % of the width in the corners. Less
 * may go unnoticed.
 *
 * <p>What cannot be told is not the same view: cells without texture, or that privacy zones touch,
 * say nothing, and too few others recognise nothing.
 *
 * <p>One look takes some 5 ms. Confined to one thread; call it within a pointer scope. Heap: 0.4
 * MB.
 */
final class SameView {
  /** Pixels; the height follows from the shape. */
  static final int WIDTH = 160;

  static final int ACROSS = 10;
  static final int DOWN = 6;

  private static final double OFF = 0.011;

  /** Of three by two parts of the picture, those outside of zones: so many must speak for it. */
  private static final int REGIONS = 6;

  private static final double LEAST_REGIONS = 0.6;

  private static final ViewVotes.Rule ALL = new ViewVotes.Rule(0, 1, 0.3, 0.5, 0.5, 0, true);

  private static final List<ViewVotes.Rule> SPANS =
      List.of(
          new ViewVotes.Rule(2, 3, 0.2, 0.25, 1, 1, false),
          new ViewVotes.Rule(MatchedCell.LONGEST_SPAN, 2, 0.2, 0.25, 1, 1, false));

  private final Background ground;
  private final int height;
  private final MatchedCell[] cells;
  private final int leastRegions;
  private int looks;
  private boolean contradicted;

  /**
   * @param ground has learned something
   * @param privacy zones in which it is black
   */
  SameView(Background ground, List<Zone> privacy) {
    this.ground = ground;
    Mat still = grey(ground.mean(), ground.mean().rows() * WIDTH / ground.mean().cols());
    height = still.rows();
    byte[] hidden = hidden(privacy);
    cells =
        IntStream.range(0, ACROSS * DOWN)
            .mapToObj(this::box)
            .filter(box -> isSeen(hidden, box))
            .map(box -> new MatchedCell(still, box))
            .toArray(MatchedCell[]::new);
    long seen = Arrays.stream(cells).mapToInt(cell -> cell.region(height)).distinct().count();
    leastRegions = (int) Math.ceil(LEAST_REGIONS * Math.min(seen, REGIONS));
  }

  private int[] box(int cell) {
    int left = cell % ACROSS * WIDTH / ACROSS;
    int top = cell / ACROSS * height / DOWN;
    int right = (cell % ACROSS + 1) * WIDTH / ACROSS;
    int bottom = (cell / ACROSS + 1) * height / DOWN;
    return new int[] {left, top, right - left, bottom - top};
  }

  /** One byte of three per pixel is enough: 0 where a zone lies. */
  private byte[] hidden(List<Zone> privacy) {
    byte[] bgr = new byte[WIDTH * height * 3];
    Arrays.fill(bgr, (byte) 1);
    new PrivacyMask(privacy).cover(bgr, WIDTH, height);
    return bgr;
  }

  /** Scaling smears a zone's edge into the next pixel. */
  private boolean isSeen(byte[] hidden, int[] box) {
    for (int y = Math.max(0, box[1] - 1); y <= Math.min(height - 1, box[1] + box[3]); y++) {
      for (int x = Math.max(0, box[0] - 1); x <= Math.min(WIDTH - 1, box[0] + box[2]); x++) {
        if (hidden[(y * WIDTH + x) * 3] == 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** Takes a picture of the other stream into account, of any size and not covered. */
  void look(Mat picture) {
    Mat still = grey(ground.mean(), height);
    Mat now = grey(picture, height);
    for (MatchedCell cell : cells) {
      cell.look(still, now, looks);
    }
    looks++;
    for (ViewVotes.Rule rule : SPANS) {
      contradicted |= looks >= rule.span() && !agrees(rule);
    }
  }

  /** What all looks together say, and none that follow each other deny; false before the first. */
  boolean isRecognised() {
    return looks > 0 && !contradicted && agrees(ALL);
  }

  private boolean agrees(ViewVotes.Rule rule) {
    ViewVotes across = new ViewVotes(height);
    ViewVotes down = new ViewVotes(height);
    for (MatchedCell cell : cells) {
      cell.vote(across, down, rule.span(), looks);
    }
    return across.agree(rule, leastRegions, OFF * WIDTH)
        && down.agree(rule, leastRegions, OFF * height);
  }

  private static Mat grey(Mat picture, int height) {
    Mat small = new Mat();
    opencv_imgproc.resize(
        picture, small, new Size(WIDTH, Math.max(DOWN, height)), 0, 0, opencv_imgproc.INTER_AREA);
    Mat grey = new Mat();
    opencv_imgproc.cvtColor(small, grey, opencv_imgproc.COLOR_BGR2GRAY);
    Mat result = new Mat();
    grey.convertTo(result, CV_32F);
    return result;
  }
}
