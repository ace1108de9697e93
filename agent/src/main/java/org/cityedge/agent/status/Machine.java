package org.cityedge.agent.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What the kernel says of this process and this board. Every figure may be missing; none is ever
 * made up.
 */
public final class Machine {
  private static final Path STATM = Path.of("/proc/self/statm");
  private static final Path TEMPERATURE = Path.of("/sys/class/thermal/thermal_zone0/temp");

  /** Degrees Celsius from which a Raspberry Pi slows down. */
  static final double HOT = 85;

  /** Free bytes below the data folder from which on something should be done about it. */
  public static final long DISK_LOW = 256L << 20;

  /** Free bytes from which on little more than alerts will fit: the store's reserve and its WAL. */
  public static final long DISK_FULL = 32L << 20;

  /**
   * Pages of statm are 4 KiB on amd64 and on the arm64 kernels of Debian and Raspberry Pi OS (not
   * on 16k builds).
   */
  private static final long PAGE = 4096;

  private Machine() {}

  /** CPU time of this process since its start, user and system. */
  public static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Resident set in bytes; proc(5), second field of statm. */
  public static OptionalLong residentBytes() {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(STATM).split(" ", 3)[1]) * PAGE);
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return OptionalLong.empty();
    }
  }

  /** Degrees Celsius of the first thermal zone. */
  public static OptionalDouble temperature() {
    try {
      return OptionalDouble.of(Long.parseLong(Files.readString(TEMPERATURE).strip()) / 1000.0);
    } catch (IOException | NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  public static OptionalLong freeBytes(Path folder) {
    try {
      return OptionalLong.of(Files.getFileStore(folder).getUsableSpace());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
