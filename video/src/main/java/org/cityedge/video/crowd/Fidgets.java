package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Where a dense crowd stands: cells full of outlines in which something moves in at least half of
 * the looks of the last 10 s, and which hang together over at least 15 % of the picture. A crowd
 * that large has no visible background to subtract. Trees in wind look alike; only their smaller
 * extent tells them apart. Flames do too; they are told by their glow that comes and goes. So does
 * water; its waves are others after a second, and of two colours. A displacement of the whole
 * picture is taken out before, see {@link Anchor}.
 */
final class Fidgets {
  static final int CELL = 16;
  private static final long SPAN = Duration.ofSeconds(10).toNanos();
  private static final long LAG = Duration.ofSeconds(1).toNanos();

  /** Looks in which a cell must move at least: two are somebody who walks past. */
  private static final int LEAST_MOVING = 3;

  /**
   * Looks from which on {@link #OFTEN} asks no less than is fair: with fewer, it is all of three.
   */
  private static final int SETTLED = 2 * LEAST_MOVING;

  /** Grey levels of change, and share of a cell's pixels that changes. */
  private static final int CHANGE = 12;

  private static final double MOVING = 0.05;

  /** Sum of the absolute gradients (grey levels in 2 pixels), and share of a cell's pixels. */
  private static final int OUTLINE = 24;

  private static final double OUTLINED = 0.30;

  /** In how many of the looks a cell moves. */
  private static final double OFTEN = 0.5;

  private static final double LEAST_EXTENT = 0.15;

  /**
   * Share of the changed pixels that are flame in one picture and not in the other. A bonfire
   * measured 0.38..0.45, a stand of yellow jerseys below 0.002.
   */
  private static final double FLAMES = 0.2;

  /**
   * Correlation of a part with itself a second ago, below which nothing has stayed where it was:
   * drawn water measures -0.4..0.2, a stand of people 0.6, trees in wind 0.9.
   */
  private static final double RENEWED = 0.35;

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
  private final int rows;
  private final Deque<Past> pictures = new ArrayDeque<>();
  private final Deque<Look> looks = new ArrayDeque<>();

  // Buffers that wait to be filled again, so that a look allocates nothing.
  private final Deque<Past> sparePictures = new ArrayDeque<>();
  private final Deque<Look> spareLooks = new ArrayDeque<>();

  // Per cell, over the looks: in how many it moved, and the sums of their pixels.
  private final int[] moves;
  private final int[] changed;
  private final int[] flickering;
  private final int[] alike;

  private final Waves waves;
  private final boolean[] dense;
  private final boolean[] left;
  private final boolean[] part;
  private final boolean[] seeds;
  private final int[] open;
  private boolean undecided = true;

  Fidgets(int width, int height) {
    columns = width / CELL;
    rows = height / CELL;
    int cells = columns * rows;
    moves = new int[cells];
    changed = new int[cells];
    flickering = new int[cells];
    alike = new int[cells];
    waves = new Waves(columns, rows);
    dense = new boolean[cells];
    left = new boolean[cells];
    part = new boolean[cells];
    seeds = new boolean[cells];
    open = new int[cells];
  }

  /**
   * @param glow not 0 where the picture has the colour of a flame
   * @param bgr the picture's colours, which may lie aside by a displacement
   */
  void look(byte[] grey, byte[] glow, byte[] bgr, long nanos) {
    Past before = before(nanos);
    remember(grey, glow, nanos);
    while (!looks.isEmpty() && nanos - looks.getFirst().nanos >= SPAN) {
      drop(looks.removeFirst());
    }
    Arrays.fill(dense, false);
    waves.clear();
    undecided = before == null;
    if (before == null) {
      return;
    }
    add(compare(grey, glow, before, nanos));
    int least = Math.min(looks.size(), LEAST_MOVING);
    boolean any = false;
    for (int cell = 0; cell < dense.length; cell++) {
      dense[cell] = movesOften(cell, least) && isOutlined(grey, cell);
    }
    keepLargeParts(bgr);
    if (looks.size() < SETTLED) {
      growIntoWhatMovesAtTimes(grey);
    }
    for (boolean cell : dense) {
      any |= cell;
    }
    undecided = any && looks.size() < LEAST_MOVING;
    if (undecided) {
      Arrays.fill(dense, false);
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

  private void add(Look look) {
    looks.addLast(look);
    count(look, 1);
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

  private Look compare(byte[] grey, byte[] glow, Past past, long nanos) {
    Look look = spareLooks.isEmpty() ? new Look(moves.length) : spareLooks.removeLast();
    look.nanos = nanos;
    Arrays.fill(look.changed, 0);
    Arrays.fill(look.flickering, 0);
    byte[] before = past.grey;
    int width = columns * CELL;
    int height = rows * CELL;
    for (int y = 1; y < height - 1; y++) {
      for (int i = y * width + 1; i < (y + 1) * width - 1; i++) {
        if (isNew(grey[i] & 0xff, before, i, width)) {
          int cell = y / CELL * columns + i % width / CELL;
          look.changed[cell]++;
          look.flickering[cell] += glow[i] != past.glow[i] ? 1 : 0;
        }
      }
    }
    for (int cell = 0; cell < look.alike.length; cell++) {
      look.alike[cell] =
          moved(look, cell) ? (int) Math.round(1000 * alike(grey, before, cell)) : 1000;
    }
    return look;
  }

  private static boolean moved(Look look, int cell) {
    return look.changed[cell] > MOVING * CELL * CELL;
  }

  /** Correlation of a cell's grey levels with those before, -1..1. */
  private double alike(byte[] grey, byte[] before, int cell) {
    int n = CELL * CELL;
    int x = 0;
    int y = 0;
    int xx = 0;
    int yy = 0;
    int xy = 0;
    int first = first(cell);
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

  /** Whether a grey level was neither at a pixel nor between its neighbours: half pixels, turns. */
  private static boolean isNew(int level, byte[] before, int pixel, int width) {
    int change = level - (before[pixel] & 0xff);
    if (Math.abs(change) <= CHANGE) {
      return false;
    }
    for (int row = pixel - width; row <= pixel + width; row += width) {
      for (int i = row - 1; i <= row + 1; i++) {
        int beside = level - (before[i] & 0xff);
        if (change > 0 ? beside <= CHANGE : beside >= -CHANGE) {
          return false;
        }
      }
    }
    return true;
  }

  private int first(int cell) {
    return cell / columns * CELL * columns * CELL + cell % columns * CELL;
  }

  private boolean movesOften(int cell, int least) {
    return moves[cell] >= Math.max(least, OFTEN * looks.size());
  }

  private boolean isOutlined(byte[] grey, int cell) {
    int width = columns * CELL;
    int count = 0;
    for (int y = 1; y < CELL - 1; y++) {
      int row = first(cell) + y * width + 1;
      for (int i = row; i < row + CELL - 2; i++) {
        int across = (grey[i + 1] & 0xff) - (grey[i - 1] & 0xff);
        int down = (grey[i + width] & 0xff) - (grey[i - width] & 0xff);
        count += Math.abs(across) + Math.abs(down) > OUTLINE ? 1 : 0;
      }
    }
    return count > OUTLINED * (CELL - 2) * (CELL - 2);
  }

  /**
   * After three looks a cell has moved in all of them only if it moves nearly always. Where a crowd
   * is large enough by those cells, two looks do for what is beside them.
   */
  private void growIntoWhatMovesAtTimes(byte[] grey) {
    for (int cell = 0; cell < left.length; cell++) {
      left[cell] = dense[cell] || (movesOften(cell, LEAST_MOVING - 1) && isOutlined(grey, cell));
    }
    System.arraycopy(dense, 0, seeds, 0, dense.length);
    for (int cell = 0; cell < seeds.length; cell++) {
      if (seeds[cell] && left[cell]) {
        Arrays.fill(part, false);
        takePart(cell);
        for (int i = 0; i < part.length; i++) {
          dense[i] |= part[i];
        }
      }
    }
  }

  private void keepLargeParts(byte[] bgr) {
    System.arraycopy(dense, 0, left, 0, dense.length);
    for (int cell = 0; cell < left.length; cell++) {
      if (left[cell]) {
        Arrays.fill(part, false);
        if (takePart(cell) < LEAST_EXTENT * left.length
            || flamesOfPart() > FLAMES
            || isWater(bgr)) {
          for (int i = 0; i < part.length; i++) {
            dense[i] &= !part[i];
          }
        }
      }
    }
  }

  /** The share of flames in {@link #part}. */
  private double flamesOfPart() {
    long all = 0;
    long burning = 0;
    for (int cell = 0; cell < part.length; cell++) {
      all += part[cell] ? changed[cell] : 0;
      burning += part[cell] ? flickering[cell] : 0;
    }
    return all == 0 ? 0 : (double) burning / all;
  }

  /** Whether {@link #part} is waves: none is where it was, and no colours are among them. */
  private boolean isWater(byte[] bgr) {
    long all = 0;
    int cells = 0;
    for (int cell = 0; cell < part.length; cell++) {
      all += part[cell] ? alike[cell] : 0;
      cells += part[cell] ? 1 : 0;
    }
    return all < 1000 * RENEWED * cells * looks.size() && waves.mark(bgr, part);
  }

  /** Moves what is connected to a cell from {@link #left} to {@link #part}; returns its size. */
  private int takePart(int seed) {
    open[0] = seed;
    left[seed] = false;
    int size = 0;
    for (int waiting = 1; waiting > 0; size++) {
      int cell = open[--waiting];
      part[cell] = true;
      int x = cell % columns;
      int y = cell / columns;
      for (int ny = Math.max(0, y - 1); ny <= Math.min(rows - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(columns - 1, x + 1); nx++) {
          int next = ny * columns + nx;
          if (left[next]) {
            left[next] = false;
            open[waiting++] = next;
          }
        }
      }
    }
    return size;
  }

  void forget() {
    sparePictures.addAll(pictures);
    pictures.clear();
    while (!looks.isEmpty()) {
      drop(looks.removeFirst());
    }
    Arrays.fill(dense, false);
    waves.clear();
    undecided = true;
  }

  /** 1 for each pixel that is a wave, else 0; overwritten by the next look. */
  byte[] waves() {
    return waves.pixels();
  }

  /** Whether it takes more looks to tell a dense crowd from an empty scene. */
  boolean undecided() {
    return undecided;
  }

  /** Share 0..1 of what changed in the whole picture that became flame or ceased to be one. */
  double flames() {
    Arrays.fill(part, true);
    return flamesOfPart();
  }

  int columns() {
    return columns;
  }

  int rows() {
    return rows;
  }

  /** Whether a dense crowd stands in the cell. */
  boolean dense(int cell) {
    return dense[cell];
  }
}
