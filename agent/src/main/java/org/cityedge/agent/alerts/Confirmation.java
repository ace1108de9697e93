package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Decides over time what single looks only suggest: the same engine for smoke, crowding, thresholds
 * and contacts.
 *
 * <pre>
 *   IDLE ──seen──► SUSPECT ──held, and seen in enough of the looks──► ACTIVE ──unseen for the clear time──► IDLE
 *     ▲               │                                                 │
 *     └──not seen in──┘                                                 └──source gone for the grace time──► IDLE
 *        the window
 * </pre>
 *
 * Pure: it reads no clock, keeps no thread, does no I/O; the same calls give the same answers, so a
 * recorded clip decides as the live stream did. Times are monotonic nanoseconds, or media time for
 * a file. While looks are invalid (the picture cannot be judged) its clock stands still. Confined
 * to the caller's thread or lock.
 */
public final class Confirmation {
  /**
   * The window never holds more than this: looks that come faster than so many within the hold time
   * are counted together.
   */
  private static final int MAX_COUNTS = 256;

  /**
   * @param hold how long the condition must stand, counted over valid looks; zero confirms at the
   *     first look
   * @param share of the looks within the hold time in which it must be seen, 0..1; of all of them,
   *     and what is unseen once begins anew
   * @param clear how long it must stay unseen
   * @param grace how long the source may be gone or invalid before an active condition ends as
   *     {@link Change#LOST}
   * @param standing whether what a valid look found stands until the next one, as with a contact
   *     that tells its edges; then the times run between looks too, whoever repeats the last one
   */
  public record Settings(
      Duration hold, double share, Duration clear, Duration grace, boolean standing) {
    public Settings {
      if (!(share > 0 && share <= 1)) {
        throw new IllegalArgumentException("share must be above 0 and at most 1, was " + share);
      }
    }

    /** Looks that say nothing of the time between them. */
    public Settings(Duration hold, double share, Duration clear, Duration grace) {
      this(hold, share, clear, grace, false);
    }
  }

  /** What a look changed. */
  public enum Change {
    NONE,
    /** The condition holds now. */
    CONFIRMED,
    /** The condition is gone. */
    CLEARED,
    /** Nobody can tell any more whether it holds. */
    LOST
  }

  private enum State {
    IDLE,
    SUSPECT,
    ACTIVE
  }

  /** Looks from that time on that are counted together, and those of them that saw it. */
  private record Count(long since, int seen, int looks) {
    Count plus(boolean seenAgain) {
      return new Count(since, seen + (seenAgain ? 1 : 0), looks + 1);
    }
  }

  private final Settings settings;
  private final Deque<Count> window = new ArrayDeque<>();
  private State state = State.IDLE;

  /** Valid time so far: advances between two valid looks in a row only. */
  private long validTime;

  private long lastLook;
  private boolean lastValid;
  private boolean lastLookSaw;
  private long suspectSince;
  private long lastSeen;
  private long lastValidLook;

  public Confirmation(Settings settings) {
    this.settings = settings;
  }

  /** Takes up a condition that was active before a restart. */
  public static Confirmation resumed(Settings settings, long nanos) {
    Confirmation confirmation = new Confirmation(settings);
    confirmation.state = State.ACTIVE;
    confirmation.lastLook = nanos;
    confirmation.lastValidLook = nanos;
    return confirmation;
  }

  public boolean isActive() {
    return state == State.ACTIVE;
  }

  /** Whether nothing is suspected. */
  public boolean isIdle() {
    return state == State.IDLE;
  }

  /**
   * One look.
   *
   * @param seen whether the condition holds in this look; a caller with hysteresis asks {@link
   *     #isActive} first
   * @param valid whether the look can be judged at all; {@code seen} does not count otherwise
   */
  public Change look(long nanos, boolean seen, boolean valid) {
    if (!valid) {
      lastValid = false;
      return tick(nanos);
    }
    if (lastValid) {
      validTime += Math.max(0, nanos - lastLook);
      if (settings.standing() && lastLookSaw) {
        lastSeen = validTime;
      }
    }
    lastLook = lastValid && nanos - lastLook < 0 ? lastLook : nanos;
    lastValid = true;
    lastLookSaw = seen;
    lastValidLook = nanos;
    return switch (state) {
      case IDLE -> seen ? suspect() : Change.NONE;
      case SUSPECT -> weigh(seen);
      case ACTIVE -> sustain(seen);
    };
  }

  /** Time passes without a look; only the grace time can run out here. */
  public Change tick(long nanos) {
    if (state == State.IDLE || nanos - lastValidLook < settings.grace().toNanos()) {
      return Change.NONE;
    }
    boolean wasActive = state == State.ACTIVE;
    idle();
    return wasActive ? Change.LOST : Change.NONE;
  }

  private Change suspect() {
    state = State.SUSPECT;
    suspectSince = validTime;
    window.clear();
    return weigh(true);
  }

  private Change weigh(boolean seen) {
    long hold = settings.hold().toNanos();
    count(seen, hold);
    int saw = window.stream().mapToInt(Count::seen).sum();
    int looks = window.stream().mapToInt(Count::looks).sum();
    if (saw == 0 || (!seen && mustAlwaysBeSeen())) {
      idle();
    } else if (seen && validTime - suspectSince >= hold && saw >= settings.share() * looks) {
      state = State.ACTIVE;
      lastSeen = validTime;
      window.clear();
      return Change.CONFIRMED;
    }
    return Change.NONE;
  }

  private void count(boolean seen, long hold) {
    Count last = window.peekLast();
    if (last != null && validTime - last.since() < hold / (MAX_COUNTS - 1)) {
      window.removeLast();
      window.addLast(last.plus(seen));
    } else {
      window.addLast(new Count(validTime, 0, 0).plus(seen));
    }
    while (validTime - window.getFirst().since() > hold) {
      window.removeFirst();
    }
  }

  private boolean mustAlwaysBeSeen() {
    return settings.standing() || settings.share() >= 1;
  }

  private Change sustain(boolean seen) {
    if (seen) {
      lastSeen = validTime;
    } else if (validTime - lastSeen >= settings.clear().toNanos()) {
      idle();
      return Change.CLEARED;
    }
    return Change.NONE;
  }

  private void idle() {
    state = State.IDLE;
    window.clear();
  }
}
