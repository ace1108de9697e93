package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's files, laid out as boards have them. */
class MachineChecksTest {
  @TempDir Path root;

  private Patient patient(String clock) {
    return new Patient(
        root.resolve("gateway.yaml"),
        root.resolve("data"),
        root.resolve("run"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Patient.Machine(root, InstantSource.fixed(Instant.parse(clock)), System::nanoTime));
  }

  private Patient patient() {
    return patient("2026-11-01T00:00:00Z");
  }

  private void put(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text + "\n");
  }

  @Test
  void aBoardWithoutSensorsIsSkippedAndNotBlamed() throws Exception {
    assertThat(MachineChecks.power(patient()).diagnosis()).isEqualTo(Diagnosis.POWER_UNTOLD);
    assertThat(MachineChecks.temperature(patient()).mark()).isEqualTo(Mark.SKIP);
    assertThat(MachineChecks.watchdog(patient()).mark()).isEqualTo(Mark.SKIP);
    assertThat(DiskChecks.health(patient()).mark()).isEqualTo(Mark.SKIP);
    assertThat(NetworkChecks.ports(patient()).mark()).isEqualTo(Mark.SKIP);
  }

  @Test
  void tellsUnderVoltageByTheFirmwareOfARaspberryPi() throws Exception {
    String file = "sys/devices/platform/soc/soc:firmware/get_throttled";
    put(file, "50005");
    assertThat(MachineChecks.power(patient()).diagnosis()).isEqualTo(Diagnosis.POWER_LOW_NOW);
    put(file, "50000");
    assertThat(MachineChecks.power(patient()).diagnosis()).isEqualTo(Diagnosis.POWER_LOW_BEFORE);
    put(file, "0");
    assertThat(MachineChecks.power(patient()).diagnosis()).isEqualTo(Diagnosis.POWER_GOOD);
  }

  @Test
  void tellsUnderVoltageByTheKernelsAlarm() throws Exception {
    put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1");
    assertThat(MachineChecks.power(patient()).diagnosis()).isEqualTo(Diagnosis.POWER_LOW_NOW);
  }

  @Test
  void theHottestZoneCounts() throws Exception {
    put("sys/class/thermal/thermal_zone0/temp", "41500");
    assertThat(MachineChecks.temperature(patient()).mark()).isEqualTo(Mark.PASS);
    put("sys/class/thermal/thermal_zone1/temp", "76000");
    assertThat(MachineChecks.temperature(patient()).diagnosis())
        .isEqualTo(Diagnosis.TEMPERATURE_WARM);
    put("sys/class/thermal/thermal_zone1/temp", "86100");
    assertThat(MachineChecks.temperature(patient()).diagnosis())
        .isEqualTo(Diagnosis.TEMPERATURE_HOT);
  }

  @Test
  void tellsMemoryThatRunsOut() throws Exception {
    put(
        "proc/meminfo",
        "MemTotal:        1024000 kB\nMemFree:    1 kB\nMemAvailable:     512000 kB");
    assertThat(MachineChecks.memory(patient()).mark()).isEqualTo(Mark.PASS);
    put("proc/meminfo", "MemTotal:        1024000 kB\nMemAvailable:      40960 kB");
    Finding out = MachineChecks.memory(patient());
    assertThat(out.diagnosis()).isEqualTo(Diagnosis.MEMORY_OUT);
    assertThat(out.values()).containsExactly("40", "1000");
  }

  @Test
  void aWatchdogThatNobodyUsesIsAWarning() throws Exception {
    put("sys/class/watchdog/watchdog0/state", "inactive");
    assertThat(MachineChecks.watchdog(patient()).diagnosis()).isEqualTo(Diagnosis.WATCHDOG_IDLE);
    put("sys/class/watchdog/watchdog0/state", "active");
    put("sys/class/watchdog/watchdog0/timeout", "20");
    assertThat(MachineChecks.watchdog(patient()).values()).containsExactly("20");
  }

  @Test
  void tellsErrorsOfTheFileSystemAndAWornCard() throws Exception {
    put("sys/block/mmcblk0/device/life_time", "0x01 0x0a");
    assertThat(DiskChecks.health(patient()).diagnosis()).isEqualTo(Diagnosis.CARD_WORN);
    put("sys/fs/ext4/mmcblk0p4/errors_count", "3");
    assertThat(DiskChecks.health(patient()).values()).containsExactly("mmcblk0p4", "3");
  }

  @Test
  void aClockThatNobodyVouchesForIsAWarningAndOneOfThePastAFault() throws Exception {
    assertThat(ClockChecks.clock(patient()).diagnosis()).isEqualTo(Diagnosis.CLOCK_UNSYNCHRONISED);
    put("run/systemd/timesync/synchronized", "");
    assertThat(ClockChecks.clock(patient()).diagnosis()).isEqualTo(Diagnosis.CLOCK_GOOD);
    assertThat(ClockChecks.clock(patient("1970-01-01T00:01:00Z")).diagnosis())
        .isEqualTo(Diagnosis.CLOCK_WRONG);
  }

  @Test
  void tellsPortsThatAreOpenToTheNetworkAndNoOthers() throws Exception {
    String head = "  sl  local_address rem_address   st tx_queue\n";
    put(
        "proc/net/tcp",
        head
            + "   0: 0100007F:0CEA 00000000:0000 0A 0\n" // 127.0.0.1:3306
            + "   1: 00000000:0016 00000000:0000 0A 0\n" // ssh
            + "   2: 00000000:1F90 00000000:0000 0A 0\n" // 8080
            + "   3: 0200A8C0:A000 01020304:075B 01 0"); // a connection of ours
    put(
        "proc/net/udp6",
        head
            + "  0: 00000000000000000000000000000000:1634 00000000000000000000000000000000:0000 07 0");
    Finding found = NetworkChecks.ports(patient());
    assertThat(found.diagnosis()).isEqualTo(Diagnosis.PORTS_OPEN);
    assertThat(found.values()).containsExactly("tcp/8080, udp/5684");
  }
}
