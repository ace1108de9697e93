package org.cityedge.drivers.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;

/**
 * What the kernel says of its wall clock, whoever disciplines it (timesyncd, chrony, ntpd, PTP):
 * adjtimex(2) with no mode set, which needs no privilege.
 *
 * @param synchronised whether STA_UNSYNC is cleared
 * @param worstError how far off the clock may be; the kernel lets it grow by 0.5 ms a second until
 *     the next answer of a time server, up to 16 s
 */
public record KernelClock(boolean synchronised, Duration worstError) {
  /** {@code struct timex} with 64-bit longs, as on x86-64 and arm64. */
  private static final long SIZE = 208;

  private static final long MAXERROR = 24;
  private static final long STATUS = 40;
  private static final int STA_UNSYNC = 0x40;

  private static final MethodHandle ADJTIMEX =
      LibC.handle("adjtimex", FunctionDescriptor.of(JAVA_INT, ADDRESS), LibC.ERRNO);

  /** As it is now; any thread. */
  public static KernelClock read() throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(LibC.STATE);
      MemorySegment timex = arena.allocate(SIZE, 8);
      int result;
      try {
        result = (int) ADJTIMEX.invokeExact(state, timex);
      } catch (Throwable e) {
        throw LibC.cannotHappen(e);
      }
      int _ = LibC.checked("adjtimex", result, state);
      return new KernelClock(
          (timex.get(JAVA_INT, STATUS) & STA_UNSYNC) == 0,
          Duration.ofNanos(1000 * timex.get(JAVA_LONG, MAXERROR)));
    }
  }
}
