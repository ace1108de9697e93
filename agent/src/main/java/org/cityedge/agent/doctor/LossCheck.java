package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** Whether messages of sensors came and were not read, by the agent's word. */
final class LossCheck {
  /** What lies further back has been mended, or comes again. */
  private static final Duration LATELY = Duration.ofHours(1);

  /** Those with most losses are named: an address can be made up, and each would be a finding. */
  private static final int MOST_NAMED = 20;

  private LossCheck() {}

  static List<Finding> losses(Patient patient) {
    if (patient.agent().isEmpty()) {
      return List.of(Finding.of("sensor-losses", Diagnosis.AGENT_MUST_RUN));
    }
    List<Finding> findings =
        patient
            .agent()
            .get()
            .path("losses")
            .valueStream()
            .filter(loss -> age(loss).compareTo(LATELY) <= 0)
            .sorted(Comparator.comparingLong((JsonNode loss) -> -count(loss)))
            .limit(MOST_NAMED)
            .map(LossCheck::finding)
            .toList();
    return findings.isEmpty()
        ? List.of(Finding.of("sensor-losses", Diagnosis.LOSS_NONE))
        : findings;
  }

  private static Finding finding(JsonNode loss) {
    return Finding.of(
        "sensor-losses",
        loss.path("from").asText(),
        switch (loss.path("cause").asText()) {
          case "posts" -> Diagnosis.LOSS_POSTS;
          case "size" -> Diagnosis.LOSS_SIZE;
          case "packets" -> Diagnosis.LOSS_PACKETS;
          case "store" -> Diagnosis.LOSS_STORE;
          default -> Diagnosis.LOSS_PACE;
        },
        count(loss),
        StoreChecks.span(age(loss)));
  }

  private static long count(JsonNode loss) {
    return loss.path("count").asLong();
  }

  private static Duration age(JsonNode loss) {
    return Duration.ofSeconds(loss.path("ageS").asLong());
  }
}
