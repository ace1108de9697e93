package org.cityedge.video.privacy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.cityedge.video.Zone;

/**
 * Overwrites privacy zones. Every pixel that a zone touches is covered. The runs of pixels are
 * worked out once per picture size. Confined to one thread.
 */
public final class PrivacyMask {
  /** {@code length} bytes from {@code offset} on. */
  private record Run(int offset, int length) {}

  private final List<Zone> zones;
  private List<Run> runs = List.of();
  private int width;
  private int height;

  public PrivacyMask(List<Zone> zones) {
    this.zones = List.copyOf(zones);
  }

  /**
   * Blackens the zones.
   *
   * @param bgr {@code width * height * 3} bytes, rows from the top
   */
  public void cover(byte[] bgr, int width, int height) {
    if (zones.isEmpty()) {
      return;
    }
    if (width != this.width || height != this.height) {
      runs = runs(width, height);
      this.width = width;
      this.height = height;
    }
    for (Run run : runs) {
      Arrays.fill(bgr, run.offset, run.offset + run.length, (byte) 0);
    }
  }

  private List<Run> runs(int width, int height) {
    List<Run> result = new ArrayList<>();
    for (int y = 0; y < height; y++) {
      BitSet row = new BitSet(width);
      for (Zone zone : zones) {
        touched(zone.polygon(), y, width, height, row);
      }
      for (int x = row.nextSetBit(0); x >= 0; ) {
        int end = row.nextClearBit(x);
        result.add(new Run((y * width + x) * 3, (end - x) * 3));
        x = row.nextSetBit(end);
      }
    }
    return result;
  }

  /**
   * Marks the pixels of one row that the polygon touches: those that an edge passes, and those that
   * it winds around in the row's middle. What it winds around twice is hidden as well, where the
   * even-odd rule leaves a hole: whoever draws a loop means all of it.
   */
  private static void touched(List<Zone.Point> polygon, int y, int width, int height, BitSet row) {
    double[] up = new double[polygon.size()];
    double[] down = new double[polygon.size()];
    int ups = 0;
    int downs = 0;
    for (int i = 0; i < polygon.size(); i++) {
      Zone.Point from = polygon.get(i);
      Zone.Point to = polygon.get((i + 1) % polygon.size());
      double x1 = from.x() * width;
      double y1 = from.y() * height;
      double x2 = to.x() * width;
      double y2 = to.y() * height;
      if (Math.max(y1, y2) >= y && Math.min(y1, y2) <= y + 1) {
        double left = xAt(x1, y1, x2, y2, y);
        double right = xAt(x1, y1, x2, y2, y + 1);
        mark(row, Math.min(left, right), Math.max(left, right), width);
      }
      double middle = y + 0.5;
      if (y1 <= middle != y2 <= middle) {
        double x = x1 + (middle - y1) * (x2 - x1) / (y2 - y1);
        if (y1 < y2) {
          down[downs++] = x;
        } else {
          up[ups++] = x;
        }
      }
    }
    // A closed line crosses as often downwards as upwards. From the left, it winds around what lies
    // between the nth crossing of one kind and the nth of the other.
    Arrays.sort(up, 0, ups);
    Arrays.sort(down, 0, downs);
    for (int i = 0; i < Math.min(ups, downs); i++) {
      mark(row, Math.min(up[i], down[i]), Math.max(up[i], down[i]), width);
    }
  }

  /** Where the edge is nearest to the height {@code y}; for a level edge handled by its caller. */
  private static double xAt(double x1, double y1, double x2, double y2, double y) {
    if (y1 == y2) {
      return y <= y1 ? x1 : x2;
    }
    double t = Math.clamp((y - y1) / (y2 - y1), 0, 1);
    return x1 + t * (x2 - x1);
  }

  private static void mark(BitSet row, double from, double to, int width) {
    int first = Math.max(0, (int) Math.floor(from));
    int last = Math.min(width - 1, (int) Math.floor(to));
    if (first <= last) {
      row.set(first, last + 1);
    }
  }
}
