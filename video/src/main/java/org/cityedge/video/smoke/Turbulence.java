package org.cityedge.video.smoke;

import java.time.Duration;

/**
 * Where the picture boils. Against the picture of a second ago, smoke changes the brightness
 * softly, with some detail, to and fro, in the same place for seconds. What it is told from:
 *
 * <ul>
 *   <li>people, vehicles, leaves, rain: sharp changes ({@code rest}), or they pass
 *   <li>fog, exposure, dusk: softer still, without detail
 *   <li>cloud shadows, exposure: the texture scales with the brightness
 *   <li>anything that moves through once: the brightness only rises or only falls ({@code drift})
 * </ul>
 */
final class Turbulence {
  private static final long SPAN = Duration.ofSeconds(5).toNanos();

  /** Grey levels in a second, above noise and compression. */
  private static final float CHANGE = 3;

  /** Of the soft change: what a sharp outline leaves over is more, what fog leaves is less. */
  private static final float MOST_DETAIL = 0.6f;

  private static final float LEAST_DETAIL = 0.12f;

  /** An outline that enters or leaves a cell changes its gradient by more than this ratio. */
  private static final float OUTLINE = 2.5f;

  /** Texture that scales with brightness within this ratio is the same surface in other light. */
  private static final float SAME_LIGHT = 0.15f;

  private static final float SAME_SURFACE = 0.8f;

  /** Share of all cells that change, beyond what the light explains, when the scene changes. */
  private static final float EVERYWHERE = 0.6f;

  /** Grey levels in a second: a lamp, lightning, the infrared filter. */
  private static final float FLASH = 8;

  /** Of the looks: what only passes is gone sooner. */
  private static final float LASTING = 0.5f;

  /**
   * Mean detail over the window. Smoke measures 0.3..0.55; where somebody walks past, the looks
   * before and after hold noise alone, which is all detail, and the mean goes above 0.8.
   */
  private static final float RESTLESS = 0.65f;

  /** Keeps one flash from outweighing the window. */
  private static final float CAP = 8;

  private static final int SOFT = 0;
  private static final int HARD = 1;
  private static final int STRENGTH = 2;
  private static final int DRIFT = 3;
  private static final int DETAIL = 4;

  private final CellWindow window = new CellWindow(SPAN);
  private final Eye eye;
  private final float[] difference;
  private final float[] softened;

  Turbulence(Grid grid, Eye eye) {
    this.eye = eye;
    difference = new float[grid.pixels()];
    softened = new float[grid.pixels()];
  }

  /**
   * @param before the picture of about a second earlier
   * @return false when the light changed all over the picture; what was seen so far is forgotten
   */
  boolean look(Still now, Still before) {
    Light light = Light.between(before.mean, now.mean);
    float[] step = new float[now.mean.length];
    for (int cell = 0; cell < step.length; cell++) {
      step[cell] = now.mean[cell] - light.expected(before.mean[cell]);
    }
    if (Math.abs(light.middle()) > FLASH || changesEverywhere(step)) {
      window.clear();
      return false;
    }
    for (int i = 0; i < difference.length; i++) {
      difference[i] = now.grey[i] - light.expected(before.grey[i]);
    }
    eye.soften(difference, softened);
    window.add(now.nanos, measure(now, before, step));
    return true;
  }

  void expire(long nanos) {
    window.expire(nanos);
  }

  private static boolean changesEverywhere(float[] step) {
    int count = 0;
    for (float value : step) {
      count += Math.abs(value) > CHANGE ? 1 : 0;
    }
    return count > EVERYWHERE * step.length;
  }

  private float[][] measure(Still now, Still before, float[] step) {
    float[][] values = new float[5][step.length];
    for (int cell = 0; cell < step.length; cell++) {
      float soft = 0;
      float rest = 0;
      int first = now.first(cell);
      for (int y = 0; y < Grid.CELL; y++) {
        int row = first + y * now.grid.width();
        for (int i = row; i < row + Grid.CELL; i++) {
          soft += Math.abs(softened[i]);
          rest += Math.abs(difference[i] - softened[i]);
        }
      }
      soft /= Grid.CELL * Grid.CELL;
      rest /= Grid.CELL * Grid.CELL;
      boolean changed = soft + rest > 1.3f * CHANGE && !sameSurface(now, before, cell);
      boolean boils =
          changed
              && soft > CHANGE
              && rest < MOST_DETAIL * soft
              && rest > LEAST_DETAIL * soft
              && !outlineCame(now, before, cell);
      values[SOFT][cell] = boils ? 1 : 0;
      values[HARD][cell] = changed && !boils ? 1 : 0;
      values[STRENGTH][cell] = Math.min(CAP, soft);
      values[DRIFT][cell] = Math.clamp(step[cell], -CAP, CAP);
      values[DETAIL][cell] = rest / (soft + 0.01f);
    }
    return values;
  }

  private static boolean outlineCame(Still now, Still before, int cell) {
    double ratio = Math.sqrt((now.energy[cell] + 0.5) / (before.energy[cell] + 0.5));
    return ratio > OUTLINE || ratio < 1 / OUTLINE;
  }

  private static boolean sameSurface(Still now, Still before, int cell) {
    float product = now.gradientProduct(before, cell);
    double likeness = product / Math.sqrt((now.energy[cell] + 0.5) * (before.energy[cell] + 0.5));
    float contrast = product / (before.energy[cell] + 0.5f);
    float brightness = (now.mean[cell] + 4) / (before.mean[cell] + 4);
    return likeness > SAME_SURFACE && Math.abs(contrast - brightness) < SAME_LIGHT;
  }

  /** Looks in the window. */
  int looks() {
    return window.size();
  }

  /** Whether a cell boils: softly changed in most looks, hardly ever sharply. */
  boolean boils(int cell) {
    return window.mean(SOFT, cell) >= LASTING
        && hard(cell) <= 0.2f
        && drift(cell) <= 0.8f
        && detail(cell) <= RESTLESS;
  }

  /** Share of the looks with a sharp change. */
  float hard(int cell) {
    return window.mean(HARD, cell);
  }

  /** How much of the change goes one way: 1 for a ramp, near 0 for a flutter. */
  float drift(int cell) {
    return Math.abs(window.mean(DRIFT, cell)) / (window.mean(STRENGTH, cell) + 1e-3f);
  }

  /** Mean change to and fro, in grey levels a second: without the part that goes one way. */
  float flutter(int cell) {
    return window.mean(STRENGTH, cell) - Math.abs(window.mean(DRIFT, cell));
  }

  /** Sharp remainder of the change in proportion to its soft part. */
  float detail(int cell) {
    return window.mean(DETAIL, cell);
  }
}
