package org.cityedge.drivers.position;

import org.cityedge.drivers.position.PositionConfig.TrackSettings;
import org.cityedge.drivers.position.Report.Fix;
import org.jspecify.annotations.Nullable;

/**
 * Picks the points of a track: the first position, then one after each distance, one after each
 * time while the vehicle moves, one now and then while it stands, and one where a stand ends or
 * begins. Pure; confined to the caller's thread.
 */
public final class Track {
  /** Slower is standing: a receiver at rest reports up to about half of it. */
  private static final double WALKING = 1;

  private final TrackSettings settings;
  private @Nullable Fix last;
  private boolean wasMoving;

  public Track(TrackSettings settings) {
    this.settings = settings;
  }

  /** Whether the position, later than all before, is a point of the track. */
  public boolean isPoint(Fix fix) {
    Fix before = last;
    boolean point = before == null || isWorthIt(before, fix);
    if (point) {
      last = fix;
      wasMoving = before != null && isMoving(before, fix);
    }
    return point;
  }

  private boolean isWorthIt(Fix before, Fix fix) {
    long since = fix.nanos() - before.nanos();
    // At rest a position wanders about within its error.
    double far = Math.max(settings.distanceM(), fix.accuracyM().orElse(0));
    if (before.metresTo(fix) >= far || since >= settings.still().toNanos()) {
      return true;
    }
    boolean moving = isMoving(before, fix);
    return since >= settings.every().toNanos() && (moving || wasMoving);
  }

  private static boolean isMoving(Fix before, Fix fix) {
    if (fix.speed().isPresent()) {
      return fix.speed().getAsDouble() >= WALKING;
    }
    double seconds = Math.max(1, (fix.nanos() - before.nanos()) / 1e9);
    double beyondError = before.metresTo(fix) - fix.accuracyM().orElse(10);
    return beyondError / seconds >= WALKING;
  }
}
