package org.cityedge.video;

import java.time.Duration;
import java.util.Locale;
import org.cityedge.video.CameraHealth.State;
import org.jspecify.annotations.Nullable;

/**
 * Decides from one look after the other whether a camera still shows what it is there for:
 *
 * <ul>
 *   <li>blinded: the sun, a lamp or an overdriven sensor makes most of it white;
 *   <li>covered: its outlines went within seconds (a hand, a bag, paint, a spider's web);
 *   <li>degraded: they went slowly (fog, heavy rain, dirt, a lens out of focus);
 *   <li>moved: there are outlines, but others, or the same at another place.
 * </ul>
 *
 * <p>Each must hold for its time; looks that say otherwise count back twice as fast. So must the
 * return. A moved view that holds is accepted as the new one, since it may be meant (with privacy
 * zones never: {@link Limits#forPrivacy}). By night (below {@value #NIGHT} grey levels) nothing of
 * this is judged. Pure: time comes in as monotonic nanoseconds. Confined to the camera's thread.
 */
final class ViewWatch {
  /**
   * How long each must hold.
   *
   * @param sudden what is complete within this time covers the camera; what takes longer is weather
   * @param accept after which a moved view is the camera's view
   */
  record Limits(
      Duration blinded,
      Duration covered,
      Duration degraded,
      Duration moved,
      Duration recovery,
      Duration sudden,
      Duration accept) {
    /** A lorry that waits before the camera is no cover, a passing cloud of steam no fog. */
    static Limits product() {
      return new Limits(
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofSeconds(120),
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          Duration.ofSeconds(15),
          Duration.ofMinutes(10));
    }

    /** The same, but that a moved view is never accepted: privacy zones lie elsewhere in it. */
    Limits forPrivacy() {
      return new Limits(
          blinded, covered, degraded, moved, recovery, sudden, Duration.ofDays(36_500));
    }

    private Duration of(State state) {
      return switch (state) {
        case BLINDED -> blinded;
        case COVERED -> covered;
        case DEGRADED -> degraded;
        case MOVED -> moved;
        case OK, STARTING, LOST, FROZEN, BLACK -> recovery;
      };
    }
  }

  /** Grey levels; the smoke detector gives up there as well. */
  static final int NIGHT = 25;

  private static final double WHITE = 225;

  /**
   * Of the cells with outlines, or of the pixels; while a state holds, less is enough for it to go
   * on.
   */
  private static final double MOST = 0.6;

  private static final double MANY = 0.4;

  /** Outlines this strong, of the usual 1, are no fog yet. */
  private static final double CLEAR = 0.75;

  /** A displacement that counts, as a fraction of the width. */
  private static final double DISPLACED = 0.02;

  /** No two looks are this far apart while a stream flows; beyond it time does not count. */
  private static final long LONGEST_STEP = Duration.ofSeconds(70).toNanos();

  private final Limits limits;
  private State state = State.OK;
  private String detail = "";
  private boolean any;
  private long lastNanos;
  private long clearNanos;
  private long enteredNanos;

  /** What the looks speak for, other than the present state, and how much time does. */
  private State suspected = State.OK;

  private long heldNanos;
  private @Nullable State dim;

  ViewWatch(Limits limits) {
    this.limits = limits;
  }

  /** OK, BLINDED, COVERED, DEGRADED or MOVED. */
  State state() {
    return state;
  }

  /** One sentence; empty while nothing is wrong. */
  String detail() {
    return detail;
  }

  /** Whether the view may be learned from: nothing is wrong, nor suspected. */
  boolean isClear() {
    return state == State.OK && suspected == State.OK;
  }

  /**
   * A look was taken.
   *
   * @return whether the view is to be learned anew, because it was accepted as it is
   */
  boolean saw(Sight sight, long nanos) {
    clearNanos = any ? clearNanos : nanos;
    long step = any ? Math.min(nanos - lastNanos, LONGEST_STEP) : 0;
    any = true;
    lastNanos = nanos;
    State verdict = verdict(sight, nanos);
    if (verdict == state) {
      heldNanos = Math.max(0, heldNanos - 2 * step);
      suspected = heldNanos == 0 ? state : suspected;
    } else if (verdict == suspected) {
      heldNanos += step;
    } else {
      heldNanos = Math.max(0, heldNanos - 2 * step);
      if (heldNanos == 0) {
        suspected = verdict;
        heldNanos = step;
      }
    }
    if (suspected != state && heldNanos >= limits.of(suspected).toNanos()) {
      enter(suspected, sight, nanos);
    }
    boolean accepted = state == State.MOVED && nanos - enteredNanos >= limits.accept.toNanos();
    if (accepted) {
      enter(State.OK, sight, nanos);
    }
    return accepted;
  }

  private void enter(State next, Sight sight, long nanos) {
    state = next;
    suspected = next;
    heldNanos = 0;
    enteredNanos = nanos;
    detail =
        switch (next) {
          case BLINDED -> String.format(Locale.ROOT, "%.0f %% of it is white", 100 * sight.glare());
          case COVERED ->
              String.format(
                  Locale.ROOT, "%.0f %% of its outlines went at once", 100 * sight.dimmed());
          case DEGRADED ->
              String.format(
                  Locale.ROOT,
                  "%.0f %% of its outlines faded: fog, rain, dirt or focus",
                  100 * sight.dimmed());
          case MOVED ->
              sight.shift() >= DISPLACED
                  ? String.format(
                      Locale.ROOT, "the view is displaced by %.0f %%", 100 * sight.shift())
                  : "it shows another view";
          case OK, STARTING, LOST, FROZEN, BLACK -> "";
        };
  }

  private State verdict(Sight sight, long nanos) {
    double share = state == State.OK ? MOST : MANY;
    if (sight.glare() >= share || sight.brightness() >= WHITE) {
      return State.BLINDED;
    }
    if (!sight.known() && state == State.BLINDED) {
      // For this no outlines are needed: the glare is gone.
      return State.OK;
    }
    if (!sight.known() || sight.brightness() < NIGHT) {
      // What cannot be judged neither raises nor clears anything.
      return state;
    }
    if (sight.dimmed() >= share) {
      return dimmed(nanos);
    }
    dim = null;
    if (sight.outlines() >= CLEAR) {
      clearNanos = nanos;
    }
    if (sight.changed() >= share || (sight.changed() >= MANY && sight.shift() >= DISPLACED)) {
      return State.MOVED;
    }
    return State.OK;
  }

  /** Fast or slow is told once, when most outlines are first gone. */
  private State dimmed(long nanos) {
    State told = dim;
    if (told == null) {
      told = nanos - clearNanos <= limits.sudden.toNanos() ? State.COVERED : State.DEGRADED;
      dim = told;
    }
    return told;
  }
}
