package org.cityedge.drivers;

/**
 * Messages of one sender that were thrown away unread for one reason.
 *
 * @param from the sensor's id; the peer's address for {@link Cause#PACKETS}; for {@link
 *     Cause#STORE} who had gathered them
 * @param count since the sensors were started
 * @param nanos the gateway's monotonic clock at the last one
 */
public record Loss(String from, Cause cause, long count, long nanos) {
  public enum Cause {
    /** More than {@link Handover#PER_SECOND} a second, or a store that cannot follow. */
    PACE,
    /** More posts a minute than the inbox allows one sensor; it was told so. */
    POSTS,
    /** A post larger than the inbox takes; the sensor was told so. */
    SIZE,
    /** More packets a second than the inbox takes of one address. */
    PACKETS,
    /** Gathered, and given up since the store refused them for too long or until the stop. */
    STORE
  }
}
