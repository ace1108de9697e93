package org.cityedge.video.smoke;

import java.util.List;
import org.cityedge.video.Zone;

/**
 * The working size, about 57600 pixels (320x180) of the source's aspect, cut into cells of 16x16
 * pixels: 20x11 for 16:9, 11x20 for a portrait.
 */
record Grid(int columns, int rows) {
  static final int CELL = 16;
  private static final double AREA = 320 * 180;

  static Grid of(int sourceWidth, int sourceHeight) {
    double scale = Math.sqrt(AREA / ((double) sourceWidth * sourceHeight));
    return new Grid(cells(sourceWidth * scale), cells(sourceHeight * scale));
  }

  private static int cells(double pixels) {
    return Math.max(2, (int) Math.round(pixels / CELL));
  }

  int width() {
    return columns * CELL;
  }

  int height() {
    return rows * CELL;
  }

  int pixels() {
    return width() * height();
  }

  int cells() {
    return columns * rows;
  }

  /** The cells whose centre lies in the zone and in none of the ignored parts. */
  boolean[] inside(Zone zone, List<Zone> ignore) {
    boolean[] inside = new boolean[cells()];
    for (int cell = 0; cell < inside.length; cell++) {
      int column = cell % columns;
      int row = cell / columns;
      double x = (column + 0.5) / columns;
      double y = (row + 0.5) / rows;
      inside[cell] = zone.contains(x, y) && ignore.stream().noneMatch(part -> part.contains(x, y));
    }
    return inside;
  }
}
