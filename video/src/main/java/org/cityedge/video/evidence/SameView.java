package org.cityedge.video.evidence;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
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
  private static final int WIDTH = 160;
  private static final int ACROSS = 10;
  private static final int DOWN = 6;

  /** How far aside a cell is looked for, pixels. */
  private static final int REACH = 8;

  /** A cell whose grey levels spread less has nothing to go by. */
  private static final double LEAST_TEXTURE = 0.5;

  /** Two pixels aside a cell must be so much less like itself, or it tells nothing that way. */
  private static final int ASIDE = 2;

  private static final double TOLD = 0.08;

  /** What a peak must have, and by how much it must stand out two pixels aside. */
  private static final double PEAK = 0.25;

  private static final double STANDS_OUT = 0.04;

  /** Pixels within which a displacement may be one of the same view; the rest contradicts. */
  private static final double NEAR = 2.5;

  private static final int LEAST_CELLS = 5;

  /** Three by two parts of the picture; of those outside of zones so many must speak for it. */
  private static final int REGIONS = 6;

  private static final double LEAST_REGIONS = 0.6;
  private static final int FEWEST_REGIONS = 3;

  /** A corner of the picture, cells. */
  private static final int CORNER_ACROSS = 3;

  private static final int CORNER_DOWN = 2;

  private static final int MOST_IN_A_CORNER = 1;

  private static final double OFF = 0.011;

  /**
   * What looks must have in common with the view.
   *
   * @param span looks that follow each other; 0 for all
   * @param off times {@link #OFF}
   * @param share of the cells that could tell; people, smoke and rain hide some
   * @param missing what a cell that is not found counts against, of a contradiction
   * @param against contradictions per cell that is near
   * @param spared regions that may be fewer
   * @param exact whether the plane must hold with the top and the bottom row as well, and
   *     contradictions in one corner count by themselves
   */
  private record Rule(
      int span,
      double off,
      double share,
      double missing,
      double against,
      int spared,
      boolean exact) {}

  private static final Rule ALL = new Rule(0, 1, 0.3, 0.5, 0.5, 0, true);

  private static final List<Rule> SPANS =
      List.of(new Rule(2, 3, 0.2, 0.25, 1, 1, false), new Rule(3, 2, 0.2, 0.25, 1, 1, false));

  private static final int LONGEST_SPAN = 3;

  /** One part of the view. */
  private static final class Cell {
    /** The cell, and where in the pictures it is looked for. */
    private final int[] box;

    private final int[] window;
    private final int columns;
    private final int rows;
    private final boolean tellsX;
    private final boolean tellsY;

    /** Of all looks, of the last ones in turn, and of those that are judged. */
    private final float[] whole;

    private final float[][] last;
    private float[] likeness;

    Cell(Mat ground, int[] box) {
      this.box = box;
      int left = Math.max(0, box[0] - REACH);
      int top = Math.max(0, box[1] - REACH);
      int right = Math.min(ground.cols(), box[0] + box[2] + REACH);
      int bottom = Math.min(ground.rows(), box[1] + box[3] + REACH);
      window = new int[] {left, top, right - left, bottom - top};
      columns = window[2] - box[2] + 1;
      rows = window[3] - box[3] + 1;
      whole = new float[columns * rows];
      last = new float[LONGEST_SPAN][columns * rows];
      likeness = whole;
      boolean textured = deviation(part(ground, box)) >= LEAST_TEXTURE;
      float[] self = textured ? match(ground, ground) : whole;
      tellsX = textured && 1 - besideColumn(self, box[0] - left) > TOLD;
      tellsY = textured && 1 - besideRow(self, box[1] - top) > TOLD;
    }

    void look(Mat ground, Mat picture, int look) {
      if (tellsX || tellsY) {
        float[] now = match(ground, picture);
        last[look % LONGEST_SPAN] = now;
        sum(whole, now);
      }
    }

    /** Goes by so many looks, the last one being this; 0 for all. */
    void goBy(int span, int look) {
      likeness = span == 0 ? whole : new float[columns * rows];
      for (int i = 0; i < span; i++) {
        sum(likeness, last[(look - i) % LONGEST_SPAN]);
      }
    }

    private static void sum(float[] sums, float[] values) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += values[i];
      }
    }

    private int column() {
      return box[0] * ACROSS / WIDTH;
    }

    /** From 0 to 5; a row's upper edge is rounded down. */
    private int row(int height) {
      return (box[1] * DOWN + DOWN - 1) / height;
    }

    private int region(int height) {
      return column() * 3 / ACROSS + row(height) * 2 / DOWN * 3;
    }

    private float[] match(Mat ground, Mat picture) {
      Mat result = new Mat();
      opencv_imgproc.matchTemplate(
          part(picture, window), part(ground, box), result, opencv_imgproc.TM_CCOEFF_NORMED);
      float[] values = new float[columns * rows];
      new FloatPointer(result.data()).get(values);
      return values;
    }

    /** The most that is two columns and more beside one. */
    private float besideColumn(float[] values, int column) {
      float most = -1;
      for (int i = 0; i < values.length; i++) {
        most = Math.abs(i % columns - column) >= ASIDE ? Math.max(most, values[i]) : most;
      }
      return most;
    }

    private float besideRow(float[] values, int row) {
      float most = -1;
      for (int i = 0; i < values.length; i++) {
        most = Math.abs(i / columns - row) >= ASIDE ? Math.max(most, values[i]) : most;
      }
      return most;
    }

    private int peak() {
      int best = 0;
      for (int i = 1; i < likeness.length; i++) {
        best = likeness[i] > likeness[best] ? i : best;
      }
      return best;
    }

    /** Pixels, by a parabola through the peak and its neighbours; 0 at the window's edge. */
    private double between(int peak, int step, boolean inside) {
      if (!inside) {
        return 0;
      }
      double before = likeness[peak - step];
      double after = likeness[peak + step];
      double curve = before + after - 2 * likeness[peak];
      return curve < 0 ? (before - after) / (2 * curve) : 0;
    }

    private static double deviation(Mat part) {
      Mat mean = new Mat();
      Mat deviation = new Mat();
      opencv_core.meanStdDev(part, mean, deviation);
      return new DoublePointer(deviation.data()).get();
    }

    private static Mat part(Mat picture, int[] box) {
      return new Mat(picture, new Rect(box[0], box[1], box[2], box[3]));
    }
  }

  /** What the cells say of one coordinate. */
  private static final class Votes {
    private final int height;
    private final PlaneFit near = new PlaneFit();

    /** As {@link #near}, and those of the top and the bottom row. */
    private final PlaneFit all = new PlaneFit();

    private final Set<Integer> regions = new HashSet<>();

    /** Less those that agree, by corner. */
    private final int[] contradictions = new int[4];

    private final int[] inCorner = new int[4];
    private int able;
    private int against;
    private int missing;

    Votes(int height) {
      this.height = height;
    }

    void add(Cell cell, boolean found, boolean clear, double displaced) {
      able++;
      int row = cell.row(height);
      if (!found) {
        missing++;
      } else if (clear && Math.abs(displaced) > NEAR) {
        against++;
        corner(cell, true);
      } else if (clear) {
        corner(cell, false);
        double x = cell.box[0] + (cell.box[2] - WIDTH) / 2.0;
        double y = cell.box[1] + (cell.box[3] - height) / 2.0;
        all.add(x, y, displaced);
        if (row > 0 && row < DOWN - 1) {
          regions.add(cell.region(height));
          near.add(x, y, displaced);
        }
      }
    }

    private void corner(Cell cell, boolean contradicts) {
      int column = cell.column();
      int row = cell.row(height);
      boolean right = column >= ACROSS - CORNER_ACROSS;
      boolean bottom = row >= DOWN - CORNER_DOWN;
      if ((right || column < CORNER_ACROSS) && (bottom || row < CORNER_DOWN)) {
        int corner = (right ? 1 : 0) + (bottom ? 2 : 0);
        contradictions[corner] += contradicts ? 1 : -1;
        inCorner[corner] += contradicts ? 1 : 0;
      }
    }

    private boolean isBent() {
      for (int i = 0; i < contradictions.length; i++) {
        if (inCorner[i] > MOST_IN_A_CORNER && contradictions[i] >= 0) {
          return true;
        }
      }
      return false;
    }

    boolean agree(Rule rule, int leastRegions, double limit) {
      return near.count() >= LEAST_CELLS
          && all.count() >= rule.share() * able
          && against + rule.missing() * missing <= rule.against() * all.count()
          && regions.size() >= Math.max(FEWEST_REGIONS, leastRegions - rule.spared())
          && isWithin(near, rule.off() * limit)
          && !(rule.exact() && (isBent() || !isWithin(all, limit)));
    }

    private boolean isWithin(PlaneFit plane, double limit) {
      return plane.mostAtCorners(WIDTH / 2.0, height / 2.0) <= limit;
    }
  }

  private final Background ground;
  private final int height;
  private final Cell[] cells;
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
            .map(box -> new Cell(still, box))
            .toArray(Cell[]::new);
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
    for (Cell cell : cells) {
      cell.look(still, now, looks);
    }
    looks++;
    for (Rule rule : SPANS) {
      contradicted |= looks >= rule.span() && !agrees(rule);
    }
  }

  /** What all looks together say, and none that follow each other deny; false before the first. */
  boolean isRecognised() {
    return looks > 0 && !contradicted && agrees(ALL);
  }

  private boolean agrees(Rule rule) {
    int span = rule.span() == 0 ? looks : rule.span();
    Votes across = new Votes(height);
    Votes down = new Votes(height);
    for (Cell cell : cells) {
      cell.goBy(rule.span(), looks - 1);
      int peak = cell.peak();
      int column = peak % cell.columns;
      int row = peak / cell.columns;
      boolean found = cell.likeness[peak] >= PEAK * span;
      float clear = cell.likeness[peak] - (float) STANDS_OUT * span;
      if (cell.tellsX) {
        double part = cell.between(peak, 1, column > 0 && column < cell.columns - 1);
        across.add(
            cell,
            found,
            cell.besideColumn(cell.likeness, column) <= clear,
            column + part - (cell.box[0] - cell.window[0]));
      }
      if (cell.tellsY) {
        double part = cell.between(peak, cell.columns, row > 0 && row < cell.rows - 1);
        down.add(
            cell,
            found,
            cell.besideRow(cell.likeness, row) <= clear,
            row + part - (cell.box[1] - cell.window[1]));
      }
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
