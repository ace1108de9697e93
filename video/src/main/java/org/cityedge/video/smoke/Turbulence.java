package org.cityedge.video.smoke;

import java.time.Duration;

/**
 * Where the picture boils. Against the picture of a second ago, smoke changes the brightness
 * softly, with some detail, to and fro, in the same place for seconds. What it is told from:
 *
 * <ul>
 *   <li>people, vehicles, leaves, rain: sharp changes ({@code rest}), outlines that come and go, or
 *       they pass
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
  private static final float MOST_DETAIL = 0.9f;

  private static final float LEAST_DETAIL = 0.12f;

  /** An outline that enters or leaves a cell changes its energy by more: a gradient of 2.5. */
  private static final float OUTLINE = 1.83f;

  /** Texture that scales with brightness within this ratio is the same surface in other light. */
  private static final float SAME_LIGHT = 0.15f;

  private static final float SAME_SURFACE = 0.8f;

  /** Share of all cells that change, beyond what the light explains, when the scene changes. */
  private static final float EVERYWHERE = 0.6f;

  /** Grey levels in a second: a lamp, lightning, the infrared filter. */
  private static final float FLASH = 8;

  /**
   * What a cell shows over the window.
   *
   * @param lasting least share of the looks with a soft change: what only passes is gone sooner
   * @param hard most share of the looks with a sharp change
   * @param drift most of the change that goes one way
   * @param detail most detail on average. Smoke measures 0.3..0.6 where it is thick; where somebody
   *     walks past, the looks before and after hold noise alone, which is all detail
   * @param outlines most change of the outlines' energy in a second, on average: its natural
   *     logarithm up or down. Smoke measures 0.4..0.6, fog 0.3; people, vehicles and leaves
   *     0.7..1.6, since each brings outlines and takes them away again
   */
  private record Habit(float lasting, float hard, float drift, float detail, float outlines) {}

  private static final Habit FIRM = new Habit(0.5f, 0.4f, 0.8f, 0.65f, 0.5f);

  /** Of a plume's fringe, which the smoke reaches at times. */
  private static final Habit LOOSE = new Habit(0.3f, 0.4f, 0.9f, 1, 0.7f);

  /** Keeps one flash from outweighing the window. */
  private static final float CAP = 8;

  private static final int SOFT = 0;
  private static final int HARD = 1;
  private static final int STRENGTH = 2;
  private static final int DRIFT = 3;
  private static final int DETAIL = 4;
  private static final int OUTLINES = 5;

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
   * @param before the picture of about a second earlier, where it would lie now
   * @return false when the light changed all over the picture: the look says nothing and is not
   *     kept; those before it hold, since each compares two pictures of its own
   */
  boolean look(Still now, Still before) {
    Light light = Light.between(before.mean, now.mean);
    for (int i = 0; i < difference.length; i++) {
      difference[i] = now.grey[i] - light.expected(before.grey[i]);
    }
    eye.soften(difference, softened);
    float[] step = new float[now.mean.length];
    for (int cell = 0; cell < step.length; cell++) {
      step[cell] = now.mean[cell] - light.expected(before.mean[cell]);
    }
    float[][] values = measure(now, before, step);
    if (Math.abs(light.middle()) > FLASH || changesEverywhere(step, values[SOFT])) {
      return false;
    }
    window.add(now.nanos, values);
    return true;
  }

  void expire(long nanos) {
    window.expire(nanos);
  }

  /** Smoke may fill the picture; whatever else does is the light or another view. */
  private static boolean changesEverywhere(float[] step, float[] boils) {
    int count = 0;
    for (int cell = 0; cell < step.length; cell++) {
      count += Math.abs(step[cell]) > CHANGE && boils[cell] == 0 ? 1 : 0;
    }
    return count > EVERYWHERE * step.length;
  }

  private float[][] measure(Still now, Still before, float[] step) {
    float[][] values = new float[6][step.length];
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
      double ratio = (now.energy[cell] + 0.5) / (before.energy[cell] + 0.5);
      float outlines = (float) Math.abs(Math.log(ratio));
      boolean changed = soft + rest > 1.3f * CHANGE && !sameSurface(now, before, cell);
      boolean boils =
          changed
              && soft > CHANGE
              && rest < MOST_DETAIL * soft
              && rest > LEAST_DETAIL * soft
              && outlines < OUTLINE;
      values[SOFT][cell] = boils ? 1 : 0;
      values[HARD][cell] = changed && !boils ? 1 : 0;
      values[STRENGTH][cell] = Math.min(CAP, soft);
      values[DRIFT][cell] = Math.clamp(step[cell], -CAP, CAP);
      values[DETAIL][cell] = rest / (soft + 0.01f);
      values[OUTLINES][cell] = outlines;
    }
    return values;
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
    return is(FIRM, cell);
  }

  /** Whether it boils at times, as beside a cell that boils. */
  boolean simmers(int cell) {
    return is(LOOSE, cell);
  }

  private boolean is(Habit habit, int cell) {
    return window.mean(SOFT, cell) >= habit.lasting
        && hard(cell) <= habit.hard
        && drift(cell) <= habit.drift
        && detail(cell) <= habit.detail
        && window.mean(OUTLINES, cell) <= habit.outlines;
  }

  /** Whether no outline comes or goes in a cell, as behind a veil. */
  boolean keepsOutlines(int cell) {
    return window.mean(OUTLINES, cell) <= FIRM.outlines;
  }

  /** Mean soft change, in grey levels a second. */
  float strength(int cell) {
    return window.mean(STRENGTH, cell);
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
