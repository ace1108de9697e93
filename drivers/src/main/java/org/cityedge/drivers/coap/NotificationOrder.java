package org.cityedge.drivers.coap;

import java.time.Duration;

/**
 * Which notification is the newer one: UDP may swap them (RFC 7641 §3.4). With V the 24-bit Observe
 * number and T the arrival, the second is newer when
 *
 * <pre>{@code
 * (V1 < V2 and V2 - V1 < 2^23) or (V1 > V2 and V1 - V2 > 2^23) or T2 > T1 + 128 s
 * }</pre>
 *
 * <p>Worked: 16777215 then 0 is newer (wrapped); 5 then 4 is not, unless 128 s lie between.
 * Confined to the sensor's thread.
 */
final class NotificationOrder {
  static final long REORDERING_NANOS = Duration.ofSeconds(128).toNanos();
  private static final int HALF = 1 << 23;
  private static final int MASK = (1 << 24) - 1;

  private int lastNumber;
  private long lastNanos;

  /**
   * The answer to our own registration, which is newest by definition: after a restart the server
   * may count from anywhere.
   */
  void restart(int number, long nanos) {
    lastNumber = number & MASK;
    lastNanos = nanos;
  }

  /** Whether the notification is newer than all before; if so it is remembered. */
  boolean accept(int number, long nanos) {
    boolean newer = isNewer(lastNumber, lastNanos, number & MASK, nanos);
    if (newer) {
      restart(number, nanos);
    }
    return newer;
  }

  static boolean isNewer(int v1, long t1, int v2, long t2) {
    return (v1 < v2 && v2 - v1 < HALF) || (v1 > v2 && v1 - v2 > HALF) || t2 - t1 > REORDERING_NANOS;
  }
}
