package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.agent.Version;
import org.cityedge.agent.care.UncleanEnds;
import org.cityedge.agent.status.Bulletin;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.uplink.RestartBudget;

/** The process itself, by its own word. */
final class AgentChecks {
  private static final int LOOP = 3;

  private AgentChecks() {}

  static Finding agent(Patient patient) throws IOException {
    Optional<Bulletin.Word> found;
    try {
      found = Bulletin.read(patient.run(), patient.machine().nanos());
    } catch (AccessDeniedException e) {
      return Finding.of("agent", Diagnosis.AGENT_HIDDEN, patient.owner().orElse("cityedge"));
    }
    if (found.isEmpty()) {
      return Finding.of("agent", Diagnosis.AGENT_ABSENT);
    }
    Bulletin.Word word = found.get();
    long age = word.age().map(java.time.Duration::toSeconds).orElse(0L);
    if (word.fresh()) {
      return Finding.of("agent", Diagnosis.AGENT_RUNS, word.pid(), age);
    }
    return word.alive()
        ? Finding.of("agent", Diagnosis.AGENT_STUCK, word.pid(), age)
        : Finding.of("agent", Diagnosis.AGENT_DEAD);
  }

  static Finding user(Patient patient) {
    String name = System.getProperty("user.name");
    return patient
        .owner()
        .map(owner -> Finding.of("user", Diagnosis.USER_OTHER, name, owner))
        .orElseGet(() -> Finding.of("user", Diagnosis.USER_SAME, name));
  }

  static Finding version(Patient patient) {
    String here = Version.agent();
    String there = patient.agent().map(agent -> agent.path("version").asText(here)).orElse(here);
    return there.equals(here)
        ? Finding.of("version", Diagnosis.VERSION_KNOWN, here, Runtime.version())
        : Finding.of("version", Diagnosis.VERSION_DIFFERS, there, here);
  }

  static Finding restarts(Patient patient) {
    Path file = patient.data().resolve("restarts");
    int taken = RestartBudget.of(file).taken();
    return taken >= RestartBudget.MOST
        ? Finding.of("restarts", Diagnosis.RESTARTS_SPENT, taken)
        : Finding.of("restarts", Diagnosis.RESTARTS_FEW, taken);
  }

  /** A crash now and then is a fault of ours, several are a loop. */
  static Finding ends(Patient patient) {
    UncleanEnds.Count count = UncleanEnds.in(patient.data(), Health::clockWasSet).lastDay();
    if (count.crashes() > 0) {
      return Finding.of(
          "ends",
          count.crashes() >= LOOP ? Diagnosis.ENDS_LOOP : Diagnosis.ENDS_CRASH,
          count.crashes());
    }
    return count.powerCuts() >= LOOP
        ? Finding.of("ends", Diagnosis.ENDS_POWER, count.powerCuts())
        : Finding.of("ends", Diagnosis.ENDS_GOOD, count.powerCuts());
  }

  static Finding uplink(Patient patient) {
    if (patient.agent().isEmpty()) {
      return Finding.of("uplink", Diagnosis.AGENT_MUST_RUN);
    }
    JsonNode uplink = patient.agent().get().path("uplink");
    if (!uplink.path("connected").asBoolean()) {
      return Finding.of("uplink", Diagnosis.UPLINK_DOWN).quoting(uplink.path("fault").asText(""));
    }
    if (uplink.has("deaf")) {
      return Finding.of("uplink", Diagnosis.UPLINK_DEAF).quoting(uplink.path("deaf").asText());
    }
    return uplink.has("heldSince")
        ? Finding.of("uplink", Diagnosis.UPLINK_HELD)
        : Finding.of("uplink", Diagnosis.UPLINK_UP, uplink.path("acknowledged").asLong());
  }
}
