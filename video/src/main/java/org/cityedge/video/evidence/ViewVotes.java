package org.cityedge.video.evidence;

import java.util.HashSet;
import java.util.Set;

/**
 * What the cells of a view say of one coordinate: whether they are displaced by a plane over the
 * picture that is nowhere off by more than a limit, and few contradict.
 */
final class ViewVotes {
  /** Pixels within which a displacement may be one of the same view; the rest contradicts. */
  private static final double NEAR = 2.5;

  private static final int LEAST_CELLS = 5;

  private static final int FEWEST_REGIONS = 3;

  /** A corner of the picture, cells. */
  private static final int CORNER_ACROSS = 3;

  private static final int CORNER_DOWN = 2;

  private static final int MOST_IN_A_CORNER = 1;

  /**
   * What looks must have in common with the view.
   *
   * @param span looks that follow each other; 0 for all
   * @param off times what all looks may be off at the picture's corners
   * @param share of the cells that could tell; people, smoke and rain hide some
   * @param missing what a cell that is not found counts against, of a contradiction
   * @param against contradictions per cell that is near
   * @param spared regions that may be fewer
   * @param exact whether the plane must hold with the top and the bottom row as well, and
   *     contradictions in one corner count by themselves
   */
  record Rule(
      int span,
      double off,
      double share,
      double missing,
      double against,
      int spared,
      boolean exact) {}

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

  /**
   * @param height of the picture
   */
  ViewVotes(int height) {
    this.height = height;
  }

  /**
   * @param found whether it lies anywhere within reach
   * @param clear whether it lies in one place only
   * @param displaced pixels
   */
  void add(MatchedCell cell, boolean found, boolean clear, double displaced) {
    able++;
    int row = cell.row(height);
    if (!found) {
      missing++;
    } else if (clear && Math.abs(displaced) > NEAR) {
      against++;
      corner(cell, true);
    } else if (clear) {
      corner(cell, false);
      all.add(cell.right(), cell.down(height), displaced);
      if (row > 0 && row < SameView.DOWN - 1) {
        regions.add(cell.region(height));
        near.add(cell.right(), cell.down(height), displaced);
      }
    }
  }

  private void corner(MatchedCell cell, boolean contradicts) {
    int column = cell.column();
    int row = cell.row(height);
    boolean right = column >= SameView.ACROSS - CORNER_ACROSS;
    boolean bottom = row >= SameView.DOWN - CORNER_DOWN;
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

  /**
   * @param leastRegions that must speak for it
   * @param limit pixels
   */
  boolean agree(Rule rule, int leastRegions, double limit) {
    return near.count() >= LEAST_CELLS
        && all.count() >= rule.share() * able
        && against + rule.missing() * missing <= rule.against() * all.count()
        && regions.size() >= Math.max(FEWEST_REGIONS, leastRegions - rule.spared())
        && isWithin(near, rule.off() * limit)
        && !(rule.exact() && (isBent() || !isWithin(all, limit)));
  }

  private boolean isWithin(PlaneFit plane, double limit) {
    return plane.mostAtCorners(SameView.WIDTH / 2.0, height / 2.0) <= limit;
  }
}
