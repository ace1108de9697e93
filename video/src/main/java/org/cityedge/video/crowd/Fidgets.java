package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.Arrays;

/**
 * Where a dense crowd stands: cells full of outlines in which something moves in at least half of
 * the looks of the last 10 s, and which hang together over at least 15 % of the picture. A crowd
 * that large has no visible background to subtract. Trees in wind look alike; only their smaller
 * extent tells them apart. Flames do too; they are told by their glow that comes and goes. So does
 * water; its waves are others after a second, and of two colours; and so does a scene in snow,
 * which is seen between the flakes, while a crowd hides what it stands on. A displacement of the
 * whole picture is taken out before, see {@link Anchor}.
 */
final class Fidgets implements AutoCloseable {
  static final int CELL = 16;

  /** Looks in which a cell must move at least: two are somebody who walks past. */
  private static final int LEAST_MOVING = 3;

  /**
   * Looks from which on {@link #OFTEN} asks no less than is fair: with fewer, it is all of three.
   */
  private static final int SETTLED = 2 * LEAST_MOVING;

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
   * drawn water measures -0.4..0.2, a stand of people 0.55, trees in wind 0.9.
   */
  private static final double RENEWED = 0.35;

  /**
   * Share of a part's pixels that differ from the background, on average: drawn snow over clips
   * measures 0.26..0.4, a stand of people, behind whom no background is ever seen, 0.5..0.6, and
   * 0.5..0.7 in such snow.
   */
  private static final double HIDDEN = 0.42;

  /** Share of those that are brighter: 0.55..0.9 of drawn snow, 0.42..0.57 of that stand. */
  private static final double BRIGHT = 0.55;

  /**
   * The same as {@link #HIDDEN} for a while after snow was told, whatever the light of what hides:
   * drawn snow over a highway measures up to 0.49, of which dark vehicles are a part.
   */
  private static final double HIDDEN_IN_SNOW = 0.5;

  private static final long SNOW_LASTS = Duration.ofSeconds(10).toNanos();

  /** Grey levels by which a pixel is another than its background. */
  private static final int CHANGE = 12;

  private final int columns;
  private final int rows;
  private final Motion motion;
  private final Waves waves;
  private final boolean[] dense;
  private final boolean[] left;
  private final boolean[] part;
  private final boolean[] seeds;
  private final int[] open;
  private boolean undecided = true;
  private boolean snows;
  private boolean snowed;
  private long snowedNanos;

  Fidgets(int width, int height) {
    columns = width / CELL;
    rows = height / CELL;
    int cells = columns * rows;
    motion = new Motion(columns, rows);
    waves = new Waves(columns, rows);
    dense = new boolean[cells];
    left = new boolean[cells];
    part = new boolean[cells];
    seeds = new boolean[cells];
    open = new int[cells];
  }

  /**
   * @param glow 1 where the picture has the colour of a flame, else 0
   * @param background the scene without those who pass
   * @param bgr the picture's colours, which may lie aside by a displacement
   */
  void look(byte[] grey, byte[] glow, MedianBackground background, byte[] bgr, long nanos) {
    boolean compared = motion.look(grey, glow, nanos);
    Arrays.fill(dense, false);
    waves.clear();
    snows = false;
    undecided = !compared;
    if (!compared) {
      return;
    }
    int least = Math.min(motion.looks(), LEAST_MOVING);
    boolean any = false;
    for (int cell = 0; cell < dense.length; cell++) {
      dense[cell] = movesOften(cell, least) && isOutlined(grey, cell);
    }
    keepLargeParts(grey, background, bgr, nanos);
    if (motion.looks() < SETTLED) {
      growIntoWhatMovesAtTimes(grey);
    }
    for (boolean cell : dense) {
      any |= cell;
    }
    undecided = any && motion.looks() < LEAST_MOVING;
    if (undecided) {
      Arrays.fill(dense, false);
    }
  }

  private int first(int cell) {
    return cell / columns * CELL * columns * CELL + cell % columns * CELL;
  }

  private boolean movesOften(int cell, int least) {
    return motion.moves(cell) >= Math.max(least, OFTEN * motion.looks());
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

  private void keepLargeParts(byte[] grey, MedianBackground background, byte[] bgr, long nanos) {
    System.arraycopy(dense, 0, left, 0, dense.length);
    for (int cell = 0; cell < left.length; cell++) {
      if (left[cell]) {
        Arrays.fill(part, false);
        boolean large = takePart(cell) >= LEAST_EXTENT * left.length;
        boolean snow = large && background.settled() && isSnow(grey, background.median(), nanos);
        snows |= snow;
        if (!large || snow || motion.flames(part) > FLAMES || isWater(bgr)) {
          for (int i = 0; i < part.length; i++) {
            dense[i] &= !part[i];
          }
        }
      }
    }
  }

  /** Whether {@link #part} is waves: nothing is where it was, in two colours; marks them. */
  private boolean isWater(byte[] bgr) {
    return motion.likeness(part) < RENEWED && waves.mark(bgr, part);
  }

  /**
   * Whether {@link #part} is a scene behind flakes: seen most of the time, and covered by light. A
   * background of few pictures has flakes of its own. Snow does not end in a moment: dark vehicles
   * before it change nothing.
   */
  private boolean isSnow(byte[] grey, byte[] background, long nanos) {
    int all = 0;
    int brighter = 0;
    int darker = 0;
    for (int cell = 0; cell < part.length; cell++) {
      for (int i = 0; part[cell] && i < CELL * CELL; i++) {
        int pixel = first(cell) + i / CELL * columns * CELL + i % CELL;
        int change = (grey[pixel] & 0xff) - (background[pixel] & 0xff);
        all++;
        brighter += change > CHANGE ? 1 : 0;
        darker += change < -CHANGE ? 1 : 0;
      }
    }
    int different = brighter + darker;
    if (different < HIDDEN * all && brighter > BRIGHT * different) {
      snowed = true;
      snowedNanos = nanos;
      return true;
    }
    return snowed && nanos - snowedNanos <= SNOW_LASTS && different < HIDDEN_IN_SNOW * all;
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
    motion.forget();
    Arrays.fill(dense, false);
    waves.clear();
    snows = false;
    snowed = false;
    undecided = true;
  }

  /** Whether flakes fall before the scene, in this look. */
  boolean snows() {
    return snows;
  }

  /** Whether the look shows waves. */
  boolean anyWaves() {
    return waves.any();
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
    return motion.flames(part);
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

  @Override
  public void close() {
    motion.close();
  }
}
