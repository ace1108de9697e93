package org.cityedge.video.source;

import java.util.Locale;
import org.cityedge.video.Sampling;

/**
 * Picks pictures at an even rate: each is the first one when its turn has come. The turns keep
 * their own beat, so that a late picture does not push the next ones away, and a stream whose rate
 * is the wanted one loses at most one to an uneven network: after that its turns are a whole period
 * ahead. When the clock was set back, the beat begins anew.
 *
 * <p>The same rule twice: here for files, and as {@link #expression} for the child of a live
 * camera. Confined to one thread.
 */
final class Picker {
  /** Seconds; for files whose time base rounds. */
  private static final double EARLY = 0.0005;

  private final double period;
  private boolean any;
  private double taken;
  private double due;

  Picker(Sampling sampling) {
    period = 1 / sampling.framesPerSecond();
  }

  /**
   * Whether a picture is taken.
   *
   * @param t its time in seconds
   */
  boolean takes(double t) {
    boolean anew = !any || t < taken;
    if (!anew && t < due - EARLY) {
      return false;
    }
    due = anew ? t + period : Math.max(due + period, t);
    taken = t;
    any = true;
    return true;
  }

  /** For FFmpeg's filter {@code select}; {@code ld(0)} is when the next picture is due. */
  static String expression(Sampling sampling) {
    return String.format(
        Locale.ROOT,
        "if(isnan(prev_selected_t)+lt(t,prev_selected_t),0*st(0,t+%1$.6f)+1,"
            + "if(gte(t,ld(0)-%2$.4f),0*st(0,max(ld(0)+%1$.6f,t))+1,0))",
        1 / sampling.framesPerSecond(),
        EARLY);
  }
}
