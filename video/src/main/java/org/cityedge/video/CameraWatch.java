package org.cityedge.video;

import java.time.Duration;
import java.util.LinkedHashSet;
import org.cityedge.video.CameraHealth.State;
import org.jspecify.annotations.Nullable;

/**
 * Decides how a camera is doing from what it showed and when. Pure: time comes in as monotonic
 * nanoseconds. Confined to the camera's thread.
 *
 * <p>Frozen means that no picture was new for a time. An encoder that is fed one and the same
 * picture still decodes differently through a group of pictures, but comes back to the same few
 * pictures; so a picture is new when its checksum is not among the newest {@value #REMEMBERED}.
 */
final class CameraWatch {
  /**
   * How long each state must hold.
   *
   * @param lost without a picture
   * @param frozen without a new picture
   * @param black with dark pictures only
   * @param recovery how long pictures must be good again
   */
  record Limits(Duration lost, Duration frozen, Duration black, Duration recovery) {
    /**
     * The product's limits: a camera may miss three pictures, and 15 s, before it is lost; where
     * pictures come rarely, several of them are waited for before anything is said.
     */
    static Limits forRate(double framesPerSecond) {
      return new Limits(
          longer(15, 4 / framesPerSecond),
          longer(60, 5 / framesPerSecond),
          longer(10, 3 / framesPerSecond),
          longer(3, 2 / framesPerSecond));
    }

    private static Duration longer(double seconds, double others) {
      return Duration.ofMillis((long) (1000 * Math.max(seconds, others)));
    }
  }

  private static final int REMEMBERED = 64;
  private static final int FRESH_TO_RECOVER = 3;
  private static final double DARK = 0.01;
  private static final double LIT = 0.02;

  private final Limits limits;
  private final LinkedHashSet<Long> recent = new LinkedHashSet<>();
  private State state = State.STARTING;
  private String detail = "waiting for the first picture";
  private @Nullable String failure;

  private boolean flowing;
  private long sinceNanos;
  private long lastNanos;
  private long freshNanos;
  private int fresh;
  private long litNanos;
  private long darkNanos;

  CameraWatch(Limits limits, long nanos) {
    this.limits = limits;
    sinceNanos = nanos;
    lastNanos = nanos;
  }

  State state() {
    return state;
  }

  String detail() {
    return detail;
  }

  /** A picture came. */
  void saw(Look look, long nanos) {
    if (!flowing) {
      flowing = true;
      sinceNanos = nanos;
      freshNanos = nanos;
      litNanos = nanos;
      darkNanos = nanos;
      fresh = 0;
    }
    lastNanos = nanos;
    // What ended an earlier connection is no reason for a later silence.
    failure = null;
    if (recent.add(look.checksum())) {
      freshNanos = nanos;
      fresh++;
      if (recent.size() > REMEMBERED) {
        recent.removeFirst();
      }
    }
    if (look.bright() >= (state == State.BLACK ? LIT : DARK)) {
      litNanos = nanos;
    } else {
      darkNanos = nanos;
    }
    judge(nanos);
  }

  /** The stream ended; the camera counts as lost when no picture follows in time. */
  void failed(String reason, long nanos) {
    failure = reason;
    flowing = false;
    judge(nanos);
  }

  /** Time passed. */
  void judge(long nanos) {
    boolean silent = nanos - lastNanos >= limits.lost.toNanos();
    if (silent || (state == State.STARTING && failure != null)) {
      flowing = false;
      enter(State.LOST, failure == null ? "no picture arrives" : failure);
    } else if (flowing) {
      judgePictures(nanos);
    }
  }

  private void judgePictures(long nanos) {
    switch (state) {
      case STARTING -> enter(State.OK, CameraHealth.PICTURES_ARRIVE);
      case LOST -> {
        if (nanos - sinceNanos >= limits.recovery.toNanos()) {
          enter(State.OK, CameraHealth.PICTURES_ARRIVE);
        }
      }
      case OK -> {
        if (nanos - litNanos >= limits.black.toNanos()) {
          enter(State.BLACK, "dark pictures for " + limits.black.toSeconds() + " s");
        } else if (nanos - freshNanos >= limits.frozen.toNanos()) {
          enter(State.FROZEN, "the same pictures for " + limits.frozen.toSeconds() + " s");
        }
      }
      case FROZEN -> {
        if (fresh >= FRESH_TO_RECOVER) {
          enter(State.OK, CameraHealth.PICTURES_ARRIVE);
        }
      }
      case BLACK -> {
        if (nanos - darkNanos >= limits.recovery.toNanos()) {
          enter(State.OK, CameraHealth.PICTURES_ARRIVE);
        }
      }
      // Of the view, not of the stream: ViewWatch tells those.
      case BLINDED, COVERED, MOVED, DEGRADED -> throw new IllegalStateException(state.toString());
    }
  }

  private void enter(State next, String why) {
    if (next != state) {
      fresh = 0;
    }
    state = next;
    detail = why;
  }
}
