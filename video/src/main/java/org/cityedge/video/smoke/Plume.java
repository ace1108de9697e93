package org.cityedge.video.smoke;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.cityedge.video.Observation.Region;

/**
 * Connected suspicious cells.
 *
 * @param cells indices into the grid
 * @param firm how many of them are suspicious by themselves, and not as a fringe
 */
record Plume(List<Integer> cells, int firm, Region region) {
  /** One cell or two that boil are an accident, even where their neighbours do at times. */
  private static final int LEAST_FIRM = 3;

  /**
   * The connected groups (8 neighbours) that are at least two cells wide and two high and hold
   * three firm cells.
   */
  static List<Plume> in(Grid grid, boolean[] firm, boolean[] fringe) {
    List<Plume> plumes = new ArrayList<>();
    boolean[] left = firm.clone();
    for (int cell = 0; cell < left.length; cell++) {
      left[cell] |= fringe[cell];
    }
    for (int cell = 0; cell < left.length; cell++) {
      if (left[cell]) {
        Plume plume = grow(grid, firm, left, cell);
        if (plume.firm >= LEAST_FIRM
            && plume.region.width() * grid.columns() > 1.5
            && plume.region.height() * grid.rows() > 1.5) {
          plumes.add(plume);
        }
      }
    }
    return plumes;
  }

  /** Cells that count: the fringe for no more than what is firm. */
  int size() {
    return Math.min(cells.size(), 2 * firm);
  }

  private static Plume grow(Grid grid, boolean[] firm, boolean[] left, int seed) {
    List<Integer> cells = new ArrayList<>();
    Deque<Integer> open = new ArrayDeque<>(List.of(seed));
    left[seed] = false;
    int minX = grid.columns();
    int minY = grid.rows();
    int maxX = 0;
    int maxY = 0;
    while (!open.isEmpty()) {
      int cell = open.removeFirst();
      cells.add(cell);
      int x = cell % grid.columns();
      int y = cell / grid.columns();
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = Math.max(maxY, y);
      for (int ny = Math.max(0, y - 1); ny <= Math.min(grid.rows() - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(grid.columns() - 1, x + 1); nx++) {
          int next = ny * grid.columns() + nx;
          if (left[next]) {
            left[next] = false;
            open.add(next);
          }
        }
      }
    }
    double columns = grid.columns();
    double rows = grid.rows();
    Region region =
        new Region(
            minX / columns, minY / rows, (maxX + 1 - minX) / columns, (maxY + 1 - minY) / rows);
    return new Plume(cells, (int) cells.stream().filter(cell -> firm[cell]).count(), region);
  }
}
