package org.cityedge.agent.uplink;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Makes ULIDs: 48 bits of Unix milliseconds and 80 random bits as 26 letters of Crockford's base 32
 * (ulid spec, "canonical string representation"). Ascending within one generator: in the same
 * millisecond, and while the clock stands behind the last one, the random part counts up. Any
 * thread.
 */
public final class Ulid {
  private static final char[] ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

  /** The random part's upper 16 bits of 80; the lower 64 stand in a long of their own. */
  private static final int HIGH_MASK = 0xFFFF;

  private final InstantSource clock;
  private final RandomGenerator random;
  private long lastMillis = -1;
  private int high;
  private long low;

  /** Give a {@link java.security.SecureRandom}, unless the ids need not be hard to guess. */
  public Ulid(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  public synchronized String next() {
    long now = Math.max(0, clock.millis());
    if (now > lastMillis) {
      draw(now);
    } else if (++low == 0 && (high = (high + 1) & HIGH_MASK) == 0) {
      // 2^80 ids in a millisecond: the next millisecond is borrowed, order stays.
      draw(lastMillis + 1);
    }
    return text(lastMillis, high, low);
  }

  private void draw(long millis) {
    lastMillis = millis;
    high = random.nextInt() & HIGH_MASK;
    low = random.nextLong();
  }

  private static String text(long millis, int high, long low) {
    char[] out = new char[26];
    long time = millis;
    for (int i = 9; i >= 0; i--) {
      out[i] = ALPHABET[(int) (time & 31)];
      time >>>= 5;
    }
    long upper = high;
    long lower = low;
    for (int i = 25; i >= 10; i--) {
      out[i] = ALPHABET[(int) (lower & 31)];
      lower = (lower >>> 5) | (upper << 59);
      upper >>>= 5;
    }
    return new String(out);
  }
}
