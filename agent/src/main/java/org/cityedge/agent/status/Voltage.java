package org.cityedge.agent.status;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the kernel says of the board's supply: that of Raspberry Pi by the firmware's word, else (as
 * on Debian's kernels, which the image has) by the alarm of the chip rpi_volt, and that of any
 * other with a lower limit.
 */
public enum Voltage {
  /** The kernel does not tell. */
  UNTOLD,
  GOOD,
  /** Good now, but it was too low since the power came. */
  LOW_BEFORE,
  LOW_NOW;

  /** Bit 0 says that it is too low right now, bit 16 that it was since power-on. */
  private static final String THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled";

  private static final long NOW = 1;
  private static final long BEFORE = 1 << 16;

  /**
   * As it is now; any thread.
   *
   * @param root where /sys is looked for; the root but in tests
   */
  public static Voltage read(Path root) {
    Optional<String> bits = line(root.resolve(THROTTLED));
    return bits.isPresent() ? firmware(bits.get()) : alarms(root.resolve("sys/class/hwmon"));
  }

  private static Voltage firmware(String hexadecimal) {
    try {
      long bits = Long.parseLong(hexadecimal.replace("0x", ""), 16);
      return (bits & NOW) != 0 ? LOW_NOW : (bits & BEFORE) != 0 ? LOW_BEFORE : GOOD;
    } catch (NumberFormatException e) {
      return UNTOLD;
    }
  }

  private static Voltage alarms(Path chips) {
    Voltage worst = UNTOLD;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(chips, "hwmon*")) {
      for (Path chip : found) {
        Optional<String> alarm = line(chip.resolve("in0_lcrit_alarm"));
        if (alarm.isPresent() && worst != LOW_NOW) {
          worst = alarm.get().equals("1") ? LOW_NOW : GOOD;
        }
      }
    } catch (IOException e) {
      return UNTOLD;
    }
    return worst;
  }

  private static Optional<String> line(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
