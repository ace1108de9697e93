package org.cityedge.video.crowd;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What moves in each cell of {@value Fidgets#CELL} x {@value Fidgets#CELL} pixels: every picture is
 * held against the one of a second before, over the looks of the last 10 s. A look allocates
 * nothing once its buffers are there. Confined to the camera's thread.
 */
final class Motion implements AutoCloseable {
  private static final int CELL = Fidgets.CELL;
  private static final long SPAN = Duration.ofSeconds(10).toNanos();
  private static final long LAG = Duration.ofSeconds(1).toNanos();

  /** Share of a cell's pixels that changes. */
  private static final double MOVING = 0.05;

  private static final double THOUSAND = 1000;

  /** Eight pixels at once, each 0 or 1. */
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /** A picture that was seen. */
  private static final class Past {
    final byte[] grey;
    final byte[] glow;
    long nanos;

    Past(int pixels) {
      grey = new byte[pixels];
      glow = new byte[pixels];
    }
  }

  /**
   * Per cell how many pixels changed, how many of those lit or went out, and how much it looks as a
   * second ago, in thousandths.
   */
  private static final class Look {
    final int[] changed;
    final int[] flickering;
    final int[] alike;
    long nanos;

    Look(int cells) {
      changed = new int[cells];
      flickering = new int[cells];
      alike = new int[cells];
    }
  }

  private final int columns;
  private final Newness newness;
  private final Deque<Past> pictures = new ArrayDeque<>();
  private final Deque<Look> looks = new ArrayDeque<>();

  // Buffers that wait to be filled again.
  private final Deque<Past> sparePictures = new ArrayDeque<>();
  private final Deque<Look> spareLooks = new ArrayDeque<>();

  // Per cell, over the looks: in how many it moved, and the sums of what they hold.
  private final int[] moves;
  private final int[] changed;
  private final int[] flickering;
  private final int[] alike;

  Motion(int columns, int rows) {
    this.columns = columns;
    newness = new Newness(columns * CELL, rows * CELL);
    int cells = columns * rows;
    moves = new int[cells];
    changed = new int[cells];
    flickering = new int[cells];
    alike = new int[cells];
  }

  /**
   * @param glow 1 where the picture has the colour of a flame, else 0
   * @return false when there is no picture of a second before
   */
  boolean look(byte[] grey, byte[] glow, long nanos) {
    Past before = before(nanos);
    remember(grey, glow, nanos);
    while (!looks.isEmpty() && nanos - looks.getFirst().nanos >= SPAN) {
      drop(looks.removeFirst());
    }
    if (before == null) {
      return false;
    }
    Look look = compare(grey, glow, before, nanos);
    looks.addLast(look);
    count(look, 1);
    return true;
  }

  /** Looks of the last 10 s. */
  int looks() {
    return looks.size();
  }

  /** In how many of them something moved in the cell. */
  int moves(int cell) {
    return moves[cell];
  }

  /** The share 0..1 of what changed in these cells that lit or went out in a flame's colour. */
  double flames(boolean[] part) {
    long all = 0;
    long burning = 0;
    for (int cell = 0; cell < part.length; cell++) {
      all += part[cell] ? changed[cell] : 0;
      burning += part[cell] ? flickering[cell] : 0;
    }
    return all == 0 ? 0 : (double) burning / all;
  }

  /**
   * Mean correlation, -1..1, of these cells with themselves a second before; where nothing moved it
   * is 1. At least one look and one cell.
   */
  double likeness(boolean[] part) {
    long all = 0;
    long cells = 0;
    for (int cell = 0; cell < part.length; cell++) {
      all += part[cell] ? alike[cell] : 0;
      cells += part[cell] ? 1 : 0;
    }
    return all / THOUSAND / (cells * looks.size());
  }

  void forget() {
    sparePictures.addAll(pictures);
    pictures.clear();
    while (!looks.isEmpty()) {
      drop(looks.removeFirst());
    }
  }

  /** The newest picture that is at least a second old; older ones are let go. */
  private @Nullable Past before(long nanos) {
    Past found = null;
    while (!pictures.isEmpty() && nanos - pictures.getFirst().nanos >= LAG - 1_000_000) {
      if (found != null) {
        sparePictures.addLast(found);
      }
      found = pictures.removeFirst();
    }
    if (found != null) {
      pictures.addFirst(found);
    }
    return found;
  }

  private void remember(byte[] grey, byte[] glow, long nanos) {
    Past now = sparePictures.isEmpty() ? new Past(grey.length) : sparePictures.removeLast();
    System.arraycopy(grey, 0, now.grey, 0, grey.length);
    System.arraycopy(glow, 0, now.glow, 0, glow.length);
    now.nanos = nanos;
    pictures.addLast(now);
  }

  private void drop(Look look) {
    count(look, -1);
    spareLooks.addLast(look);
  }

  private void count(Look look, int sign) {
    for (int cell = 0; cell < moves.length; cell++) {
      moves[cell] += moved(look, cell) ? sign : 0;
      changed[cell] += sign * look.changed[cell];
      flickering[cell] += sign * look.flickering[cell];
      alike[cell] += sign * look.alike[cell];
    }
  }

  private static boolean moved(Look look, int cell) {
    return look.changed[cell] > MOVING * CELL * CELL;
  }

  private Look compare(byte[] grey, byte[] glow, Past past, long nanos) {
    Look look = spareLooks.isEmpty() ? new Look(moves.length) : spareLooks.removeLast();
    look.nanos = nanos;
    Arrays.fill(look.changed, 0);
    Arrays.fill(look.flickering, 0);
    byte[] before = past.grey;
    byte[] fresh = newness.of(grey, before);
    int height = fresh.length / (columns * CELL);
    for (int i = 0, y = 0; y < height; y++) {
      int first = y / CELL * columns;
      for (int cell = first; cell < first + columns; cell++) {
        for (int end = i + CELL; i < end; i += Long.BYTES) {
          long eight = (long) EIGHT.get(fresh, i);
          look.changed[cell] += Long.bitCount(eight);
          if (eight != 0) {
            long flicker = (long) EIGHT.get(glow, i) ^ (long) EIGHT.get(past.glow, i);
            look.flickering[cell] += Long.bitCount(eight & flicker);
          }
        }
      }
    }
    for (int cell = 0; cell < look.alike.length; cell++) {
      double alike = moved(look, cell) ? correlation(grey, before, cell) : 1;
      look.alike[cell] = (int) Math.round(THOUSAND * alike);
    }
    return look;
  }

  /** Of a cell's grey levels with those before, -1..1 (Pearson). */
  private double correlation(byte[] grey, byte[] before, int cell) {
    int n = CELL * CELL;
    int x = 0;
    int y = 0;
    int xx = 0;
    int yy = 0;
    int xy = 0;
    int first = cell / columns * CELL * columns * CELL + cell % columns * CELL;
    for (int row = 0; row < CELL; row++) {
      int start = first + row * columns * CELL;
      for (int i = start; i < start + CELL; i++) {
        int now = grey[i] & 0xff;
        int then = before[i] & 0xff;
        x += now;
        y += then;
        xx += now * now;
        yy += then * then;
        xy += now * then;
      }
    }
    double spread =
        Math.sqrt(((double) n * xx - (double) x * x) * ((double) n * yy - (double) y * y));
    return spread > 0 ? ((double) n * xy - (double) x * y) / spread : 1;
  }

  @Override
  public void close() {
    newness.close();
  }
}
