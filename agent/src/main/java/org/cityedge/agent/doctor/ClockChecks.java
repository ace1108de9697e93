package org.cityedge.agent.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.status.Health;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.drivers.linux.Errno;
import org.cityedge.drivers.linux.KernelClock;

/** How far the wall clock can be trusted. */
final class ClockChecks {
  /** Before this agent was written. */
  private static final Instant BUILT = Instant.parse("2026-01-01T00:00:00Z");

  /** A file may be stamped by a clock that was ahead by a step or two. */
  private static final Duration STEP = Duration.ofMinutes(5);

  private static final Duration LARGE = Duration.ofSeconds(1);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss xxx");

  private ClockChecks() {}

  static Finding clock(Patient patient) throws IOException {
    Instant now = patient.machine().clock().instant();
    Instant floor = BUILT;
    Path store = BufferConfig.defaults(patient.data()).file();
    if (Files.exists(store)) {
      Instant written = Files.getLastModifiedTime(store).toInstant().minus(STEP);
      floor = written.isAfter(floor) ? written : floor;
    }
    if (now.isBefore(floor)) {
      return Finding.of("clock", Diagnosis.CLOCK_WRONG, text(patient, now), text(patient, floor));
    }
    return synchronised(patient)
        ? Finding.of("clock", Diagnosis.CLOCK_GOOD, text(patient, now))
        : Finding.of("clock", Diagnosis.CLOCK_UNSYNCHRONISED, text(patient, now));
  }

  /** By the same rules as the agent; of a machine that is not this one only timesyncd's file. */
  private static boolean synchronised(Patient patient) {
    Path root = patient.machine().root();
    return root.equals(Path.of("/"))
        ? !Health.clock().source().equals("none")
        : Files.exists(root.resolve("run/systemd/timesync/synchronized"));
  }

  private static String text(Patient patient, Instant instant) {
    ZoneId zone =
        patient
            .config()
            .map(GatewayConfig::gateway)
            .map(GatewayConfig.Identity::zone)
            .orElse(ZoneId.of("Asia/Shanghai"));
    return TIME.format(instant.atZone(zone));
  }

  static Finding error(Patient patient) {
    try {
      KernelClock kernel = KernelClock.read();
      if (!kernel.synchronised()) {
        return Finding.of("clock-error", Diagnosis.CLOCK_UNTOLD);
      }
      return Finding.of(
          "clock-error",
          kernel.worstError().compareTo(LARGE) > 0 ? Diagnosis.ERROR_LARGE : Diagnosis.ERROR_SMALL,
          kernel.worstError().toMillis());
    } catch (Errno e) {
      return Finding.of("clock-error", Diagnosis.CLOCK_UNTOLD)
          .quoting(String.valueOf(e.getMessage()));
    }
  }

  static Finding rtc(Patient patient) {
    return Finding.of(
        "rtc",
        MachineChecks.folders(patient, "sys/class/rtc", "rtc*").isEmpty()
            ? Diagnosis.RTC_NONE
            : Diagnosis.RTC_THERE);
  }
}
