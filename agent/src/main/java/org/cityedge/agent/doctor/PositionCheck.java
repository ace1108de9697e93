package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.drivers.position.PositionConfig;

/** Whether the gateway knows where it is. The receiver's line is the agent's, so it is asked. */
final class PositionCheck {
  private PositionCheck() {}

  static Finding position(Patient patient) {
    if (patient.config().isEmpty()) {
      return Finding.of("position", Diagnosis.NO_CONFIG);
    }
    GatewayConfig config = patient.config().get();
    if (!(config.position().orElse(null) instanceof PositionConfig.Mobile)) {
      boolean placed =
          config.position().isPresent() || config.gateway().about().location().isPresent();
      return Finding.of("position", placed ? Diagnosis.POSITION_STANDS : Diagnosis.POSITION_NONE);
    }
    if (patient.agent().isEmpty()) {
      return Finding.of("position", Diagnosis.AGENT_MUST_RUN);
    }
    JsonNode word = patient.agent().get().path("position");
    return switch (word.path("state").asText("init")) {
      case "fix" ->
          Finding.of("position", Diagnosis.POSITION_FIX, word.path("accuracyM").asText("?"));
      case "down" ->
          Finding.of("position", Diagnosis.POSITION_DOWN).quoting(word.path("detail").asText(""));
      default ->
          Finding.of("position", Diagnosis.POSITION_NO_FIX).quoting(word.path("detail").asText(""));
    };
  }
}
