package org.cityedge.video.smoke;

import java.time.Duration;

/**
 * Where something half transparent hangs before the known background. In a veil of transmission
 * {@code a} and airlight {@code A} the picture is {@code I = a·B + (1 − a)·A} (Tian et al., IJCV
 * 2014), so in a textured cell the background's gradients are still there, weaker, and A comes out
 * grey. A shadow has no airlight, an opaque thing leaves no gradient, a lamp adds light and takes
 * no contrast away.
 *
 * <p>The background is a running mean: 10 s to learn, then 40 s where nothing changed and 10 min
 * where something did, so that a parked vehicle becomes background at last.
 */
final class Veil {
  private static final long LEARN = Duration.ofSeconds(10).toNanos();
  private static final int LEARN_LOOKS = 20;
  private static final double SETTLE_SECONDS = 40;
  private static final double ABSORB_SECONDS = 600;
  private static final long SPAN = Duration.ofSeconds(8).toNanos();
  private static final int LEAST_LOOKS = 4;

  /** Standard deviation of the background, in grey levels, that a veil can visibly weaken. */
  private static final float TEXTURED = 5;

  private static final float CHANGE = 4;

  /** Of all cells: beyond this the weather or the lamp changed, or the camera moved. */
  private static final float EVERYWHERE = 0.6f;

  private static final float NEUTRAL = 45;

  private final CellWindow window = new CellWindow(SPAN);
  private final Medians medians;
  private final Still background;
  private final float[] difference;
  private final boolean[] changed;
  private int learned;
  private long start;
  private long last;

  Veil(Grid grid) {
    medians = new Medians(grid.cells());
    background = new Still(grid);
    difference = new float[grid.cells()];
    changed = new boolean[grid.cells()];
  }

  /**
   * @param steady whether the light is the same as a second ago
   */
  void look(Still now, boolean steady) {
    if (learned == 0) {
      start = now.nanos;
      last = now.nanos;
    }
    boolean learning = learned < LEARN_LOOKS || now.nanos - start < LEARN;
    boolean everywhere = compare(now) > EVERYWHERE;
    if (!learning && steady && !everywhere) {
      window.add(now.nanos, veiled(now));
    }
    window.expire(now.nanos);
    if (learning) {
      blend(now, 1f / (learned + 1));
    } else if (everywhere) {
      blend(now, 0.2f);
    } else {
      settle(now, (now.nanos - last) / 1e9);
    }
    learned++;
    last = now.nanos;
  }

  /** Marks the changed cells; returns their share. */
  private float compare(Still now) {
    for (int cell = 0; cell < difference.length; cell++) {
      difference[cell] = now.mean[cell] - background.mean[cell];
    }
    float light = medians.of(difference);
    int count = 0;
    for (int cell = 0; cell < changed.length; cell++) {
      float sum = 0;
      int first = now.first(cell);
      for (int y = 0; y < Grid.CELL; y++) {
        int row = first + y * now.grid.width();
        for (int i = row; i < row + Grid.CELL; i++) {
          sum += Math.abs(now.grey[i] - background.grey[i] - light);
        }
      }
      changed[cell] = sum / (Grid.CELL * Grid.CELL) > CHANGE;
      count += changed[cell] ? 1 : 0;
    }
    return (float) count / changed.length;
  }

  private float[] veiled(Still now) {
    float[] veiled = new float[changed.length];
    for (int cell = 0; cell < veiled.length; cell++) {
      veiled[cell] = changed[cell] && isVeil(now, cell) ? 1 : 0;
    }
    return veiled;
  }

  private boolean isVeil(Still now, int cell) {
    background.measureOutlines(cell);
    float product = now.gradientProduct(background, cell);
    float here = now.energy[cell] + 0.25f;
    float there = background.energy[cell] + 0.25f;
    float transmission = product / there;
    return transmission > 0.05f
        && transmission < 0.88f
        && background.texture(cell) > TEXTURED
        && product / Math.sqrt(here * there) > 0.5
        && Math.sqrt(here / there) < 0.9
        && !isShadow(now, cell, transmission)
        && isGrey(now, cell, transmission);
  }

  private boolean isShadow(Still now, int cell, float transmission) {
    return now.mean[cell] < background.mean[cell]
        && now.mean[cell] - transmission * background.mean[cell] < 8;
  }

  /** The airlight, solved for per colour: neither black nor beyond white, and without a hue. */
  private boolean isGrey(Still now, int cell, float transmission) {
    float least = Float.MAX_VALUE;
    float most = -Float.MAX_VALUE;
    float sum = 0;
    for (int channel = 0; channel < 3; channel++) {
      float airlight =
          (now.colour[channel][cell] - transmission * background.colour[channel][cell])
              / (1 - transmission);
      least = Math.min(least, airlight);
      most = Math.max(most, airlight);
      sum += airlight;
    }
    return sum > 3 * 25 && sum < 3 * 255 && most - least < NEUTRAL;
  }

  private void blend(Still now, float rate) {
    for (int cell = 0; cell < changed.length; cell++) {
      background.approach(now, cell, rate);
    }
  }

  private void settle(Still now, double seconds) {
    float quiet = (float) -Math.expm1(-seconds / SETTLE_SECONDS);
    float busy = (float) -Math.expm1(-seconds / ABSORB_SECONDS);
    for (int cell = 0; cell < changed.length; cell++) {
      background.approach(now, cell, changed[cell] ? busy : quiet);
    }
  }

  /** Whether the background is known well enough to say anything. */
  boolean ready() {
    return window.size() >= LEAST_LOOKS;
  }

  /** Share of the looks in which the cell was veiled. */
  float veiled(int cell) {
    return ready() ? window.mean(0, cell) : 0;
  }
}
