package org.cityedge.video;

import java.time.Instant;
import java.util.Optional;

/**
 * How a camera is doing.
 *
 * @param detail one sentence for a person, without credentials
 * @param framesPerSecond analysed frames per second over the last minute
 * @param frameAgeMillis age of the newest analysed frame, -1 before the first
 * @param analysisMillis median time of one frame's analysis over the last minute
 * @param keyframes whether only the stream's keyframes are decoded right now
 * @param decoderPercent CPU of the child that decodes, in per cent of one core, since it was
 *     started
 * @param dropped frames that came while the one before was still being analysed, since the start
 * @param reconnects starts of the stream after the first one, since the start
 */
public record CameraHealth(
    String camera,
    State state,
    String detail,
    double framesPerSecond,
    long frameAgeMillis,
    double analysisMillis,
    boolean keyframes,
    double decoderPercent,
    long dropped,
    long reconnects,
    Instant at,
    long nanos) {
  public enum State {
    /** No frame yet. */
    STARTING,
    OK,
    /** No frame for longer than the camera's limit: gone, refused, or not decodable. */
    LOST,
    /** Frames come, and all are the same. */
    FROZEN,
    /** Frames come, and all are dark. */
    BLACK,
    /** Most of the picture is white. */
    BLINDED,
    /** Most outlines of the view went within seconds. */
    COVERED,
    /**
     * It shows another view, or the same one displaced; accepted after 10 min, with privacy zones
     * never.
     */
    MOVED,
    /**
     * Most outlines of the view faded slowly: fog, rain, dirt, focus; or its pictures are not
     * analysed, see {@link #isUnanalysed}.
     */
    DEGRADED
  }

  /** The detail while there is nothing to say. */
  static final String PICTURES_ARRIVE = "pictures arrive";

  /** How the detail begins while a detector fails. */
  static final String NOTHING_FOUND = "nothing is found in its pictures: ";

  /** What a person should know; empty of a camera that is as it should be. */
  public Optional<String> remark() {
    return state == State.OK && (detail.isEmpty() || detail.equals(PICTURES_ARRIVE))
        ? Optional.empty()
        : Optional.of(detail);
  }

  /** Whether the pictures are good, but a detector has failed on each of them for 10 s. */
  public static boolean isUnanalysed(State state, String detail) {
    return state == State.DEGRADED && detail.startsWith(NOTHING_FOUND);
  }
}
