package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whether messages of sensors came and were not read, by the agent's word. */
final class LossCheck {
  /** What lies further back has been mended, or comes again. */
  private static final Duration LATELY = Duration.ofHours(1);

  private LossCheck() {}

  static List<Finding> losses(Patient patient) {
    if (patient.agent().isEmpty()) {
      return List.of(Finding.of("sensor-losses", Diagnosis.AGENT_MUST_RUN));
    }
    List<Finding> findings = new ArrayList<>();
    for (JsonNode loss : patient.agent().get().path("losses")) {
      Duration age = Duration.ofSeconds(loss.path("ageS").asLong());
      if (age.compareTo(LATELY) <= 0) {
        findings.add(
            Finding.of(
                "sensor-losses",
                loss.path("from").asText(),
                switch (loss.path("cause").asText()) {
                  case "posts" -> Diagnosis.LOSS_POSTS;
                  case "size" -> Diagnosis.LOSS_SIZE;
                  case "packets" -> Diagnosis.LOSS_PACKETS;
                  default -> Diagnosis.LOSS_PACE;
                },
                loss.path("count").asLong(),
                StoreChecks.span(age)));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.of("sensor-losses", Diagnosis.LOSS_NONE))
        : findings;
  }
}
