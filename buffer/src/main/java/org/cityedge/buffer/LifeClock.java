package org.cityedge.buffer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * How long the store has lived, in milliseconds: the clock by which events age. It is kept with
 * every commit as a {@link Mark} and goes on from there:
 *
 * <ul>
 *   <li>in the same boot of the kernel by the difference of CLOCK_MONOTONIC, which all processes
 *       share, so the time between two starts of the agent counts;
 *   <li>in another boot from the mark itself: nobody can say how long the power was off without
 *       trusting the wall clock. Events may live longer by that, never shorter.
 * </ul>
 *
 * The wall clock has no part in it. Any thread.
 */
final class LifeClock {
  private static final Path KERNEL_BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  /**
   * What a commit keeps.
   *
   * @param lived milliseconds, 0 in a new store
   * @param monotonic the monotonic clock at the same instant, in milliseconds
   * @param kernelBoot the kernel's name for its boot, at most 64 characters; empty when unknown
   */
  record Mark(long lived, long monotonic, String kernelBoot) {
    static final Mark NONE = new Mark(0, 0, "");
  }

  private final LongSupplier nanos;
  private final String kernelBoot;
  private volatile long ahead;

  /**
   * @param nanos the monotonic clock; its origin must stay the same within a boot of the kernel
   * @param kernelBoot names this boot of the kernel
   */
  LifeClock(LongSupplier nanos, String kernelBoot) {
    this.nanos = nanos;
    this.kernelBoot = kernelBoot;
    ahead = -monotonic();
  }

  /** On Linux HotSpot's {@code nanoTime} is CLOCK_MONOTONIC itself, the same in every process. */
  static LifeClock ofKernel() {
    String boot = "";
    try {
      String id = Files.readString(KERNEL_BOOT).strip();
      boot = id.length() <= 64 ? id : "";
    } catch (IOException _) {
      // Without it each opening counts as another boot.
    }
    return new LifeClock(System::nanoTime, boot);
  }

  /** Goes on from a mark; never back behind what this clock has shown already. */
  void resume(Mark last) {
    long now = monotonic();
    boolean sameBoot =
        !kernelBoot.isEmpty() && kernelBoot.equals(last.kernelBoot()) && now >= last.monotonic();
    ahead = Math.max(ahead, last.lived() - (sameBoot ? last.monotonic() : now));
  }

  long millis() {
    return monotonic() + ahead;
  }

  Mark mark() {
    long now = monotonic();
    return new Mark(now + ahead, now, kernelBoot);
  }

  private long monotonic() {
    return Math.floorDiv(nanos.getAsLong(), 1_000_000);
  }
}
