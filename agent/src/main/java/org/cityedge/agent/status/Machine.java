package org.cityedge.agent.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel says of this process and this board. Every figure may be missing; none is ever
 * made up.
 */
public final class Machine {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** In kB, which are KiB; proc_pid_status(5). */
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s*(\\d{1,12}) kB$");

  private static final Path TEMPERATURE = Path.of("/sys/class/thermal/thermal_zone0/temp");

  /** Degrees Celsius from which a Raspberry Pi slows down. */
  static final double HOT = 85;

  /** Free bytes below the data folder from which on something should be done about it. */
  public static final long DISK_LOW = 256L << 20;

  /** Free bytes from which on little more than alerts will fit: the store's reserve and its WAL. */
  public static final long DISK_FULL = 32L << 20;

  private Machine() {}

  /** CPU time of this process since its start, user and system. */
  public static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Resident set in bytes, whatever the size of a page. */
  public static OptionalLong residentBytes() {
    try {
      return residentBytes(Files.readString(STATUS));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  static OptionalLong residentBytes(String status) {
    Matcher resident = RESIDENT.matcher(status);
    return resident.find()
        ? OptionalLong.of(Long.parseLong(resident.group(1)) << 10)
        : OptionalLong.empty();
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
