package org.cityedge.agent.doctor;

import java.time.Duration;
import java.util.List;

/** All checks, in the order of a report: from the machine outwards. */
final class Checks {
  private static final Duration SLOW = Duration.ofSeconds(7);

  static final List<Check> ALL =
      List.of(
          Check.quick("agent", AgentChecks::agent),
          Check.quick("user", AgentChecks::user),
          Check.quick("version", AgentChecks::version),
          Check.quick("restarts", AgentChecks::restarts),
          Check.quick("ends", AgentChecks::ends),
          Check.quick("power", MachineChecks::power),
          Check.quick("temperature", MachineChecks::temperature),
          Check.quick("memory", MachineChecks::memory),
          Check.quick("load", MachineChecks::load),
          Check.quick("watchdog", MachineChecks::watchdog),
          Check.quick("disk-space", DiskChecks::space),
          Check.quick("inodes", DiskChecks::inodes),
          new Check(List.of("disk-write"), SLOW, true, DiskChecks::write),
          Check.quick("disk-health", DiskChecks::health),
          Check.quick("run-folder", DiskChecks::run),
          new Check(List.of("store"), SLOW, true, StoreChecks::store),
          new Check(List.of("account", "queue", "dead-letters"), SLOW, true, StoreChecks::books),
          Check.quick("evidence-key", StoreChecks::seal),
          Check.quick("clock", ClockChecks::clock),
          Check.quick("clock-error", ClockChecks::error),
          Check.quick("rtc", ClockChecks::rtc),
          Check.quick("network", NetworkChecks::addresses),
          Check.quickly("route", NetworkChecks::routes),
          new Check(List.of("dns"), SLOW, false, NetworkChecks::names),
          new Check(BrokerCheck.STAGES, Duration.ofSeconds(8), false, BrokerCheck::stages),
          Check.quick("uplink", AgentChecks::uplink),
          Check.quickly("certificates", CredentialChecks::certificates),
          Check.quickly("secrets", CredentialChecks::secrets),
          Check.quick("config", ConfigChecks::document),
          Check.quick("config-active", ConfigChecks::active),
          Check.quick("config-result", ConfigChecks::result),
          Check.quick("config-keys", ConfigChecks::keys),
          new Check(List.of("gpio", "outputs"), SLOW, true, LineChecks::lines),
          new Check(List.of("sensors"), Duration.ofSeconds(8), false, SensorChecks::sensors),
          Check.quickly("sensor-losses", LossCheck::losses),
          Check.quick("sensor-security", SensorChecks::security),
          new Check(
              List.of("cameras", "pictures"), Duration.ofSeconds(9), true, CameraChecks::cameras),
          new Check(List.of("decoder"), SLOW, true, CameraChecks::decoder),
          new Check(List.of("models"), SLOW, true, ModelChecks::models),
          Check.quick("position", PositionCheck::position),
          Check.quick("ports", NetworkChecks::ports));

  private static final List<String> IDS =
      ALL.stream().flatMap(check -> check.ids().stream()).toList();

  private Checks() {}

  static List<String> ids() {
    return IDS;
  }

  /** Where a check stands in a report. */
  static int place(String check) {
    return IDS.indexOf(check);
  }
}
