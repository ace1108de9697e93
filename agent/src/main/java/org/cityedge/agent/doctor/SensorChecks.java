package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.SensorConfig;
import org.cityedge.drivers.coap.CoapTrial;

/** Every sensor by the agent's word while it runs; else each CoAP sensor is asked, all at once. */
final class SensorChecks {
  private static final Duration ANSWER = Duration.ofSeconds(4);

  private SensorChecks() {}

  private static List<CoapSensorConfig> coap(GatewayConfig config) {
    return config.sensors().values().stream()
        .map(GatewayConfig.SensorEntry::config)
        .filter(CoapSensorConfig.class::isInstance)
        .map(CoapSensorConfig.class::cast)
        .toList();
  }

  static List<Finding> sensors(Patient patient) throws InterruptedException, ExecutionException {
    return sensors(patient, ANSWER);
  }

  /**
   * @param limit for an answer; what is asked over a radio needs some seconds
   */
  static List<Finding> sensors(Patient patient, Duration limit)
      throws InterruptedException, ExecutionException {
    if (patient.config().isEmpty()) {
      return List.of(Finding.of("sensors", Diagnosis.NO_CONFIG));
    }
    GatewayConfig config = patient.config().get();
    if (config.sensors().isEmpty()) {
      return List.of(Finding.of("sensors", Diagnosis.NONE_CONFIGURED));
    }
    if (patient.agent().isPresent()) {
      JsonNode words = patient.agent().get().path("sensors");
      return config.sensors().values().stream()
          .map(entry -> told(entry.config(), words.path(entry.config().id())))
          .toList();
    }
    if (patient.owner().isPresent()) {
      return List.of(Finding.of("sensors", Diagnosis.OWNER_ONLY));
    }
    List<CoapSensorConfig> sensors = coap(config);
    return sensors.isEmpty()
        ? List.of(Finding.of("sensors", Diagnosis.AGENT_MUST_RUN))
        : asked(patient, sensors, limit);
  }

  private static List<Finding> asked(
      Patient patient, List<CoapSensorConfig> sensors, Duration limit)
      throws InterruptedException, ExecutionException {
    List<Finding> findings = new ArrayList<>();
    try (CoapTrial trial = new CoapTrial(patient.keys());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Finding>> answers = new ArrayList<>();
      for (CoapSensorConfig sensor : sensors) {
        answers.add(threads.submit(() -> asked(trial, sensor, limit)));
      }
      for (Future<Finding> answer : answers) {
        findings.add(answer.get());
      }
    }
    return findings;
  }

  private static Finding told(SensorConfig sensor, JsonNode word) {
    List<String> unheard = new ArrayList<>();
    word.path("unheard").forEach(quantity -> unheard.add(quantity.asText()));
    Diagnosis diagnosis =
        switch (word.path("fault").asText("")) {
          case "malformed" -> Diagnosis.SENSOR_FORMAT;
          case "refused" -> Diagnosis.SENSOR_REFUSED;
          case "unreachable" -> Diagnosis.SENSOR_SILENT;
          case "lost" -> Diagnosis.SENSOR_LOST;
          // It posts to a port that we do not have; of a line its own check says what it is.
          case "hardware" ->
              sensor instanceof CoapSensorConfig ? Diagnosis.SENSOR_INBOX : Diagnosis.SENSOR_BAD;
          default ->
              switch (word.path("state").asText("init")) {
                case "ok" ->
                    unheard.isEmpty() ? Diagnosis.SENSOR_GOOD : Diagnosis.CHANNEL_WAITED_FOR;
                case "stale" -> Diagnosis.SENSOR_LOST;
                case "bad" -> Diagnosis.SENSOR_BAD;
                default -> Diagnosis.SENSOR_WAITED_FOR;
              };
        };
    return diagnosis == Diagnosis.CHANNEL_WAITED_FOR
        ? Finding.of("sensors", sensor.id(), diagnosis, String.join(", ", unheard))
        : Finding.of("sensors", sensor.id(), diagnosis).quoting(word.path("detail").asText(""));
  }

  private static Finding asked(CoapTrial trial, CoapSensorConfig sensor, Duration limit)
      throws InterruptedException {
    if (sensor.mode() == CoapSensorConfig.Mode.INBOX) {
      return Finding.of("sensors", sensor.id(), Diagnosis.SENSOR_WAITED_FOR);
    }
    Optional<CoapTrial.Result> result = trial.ask(sensor, limit);
    if (result.isEmpty()) {
      return Finding.of("sensors", sensor.id(), Diagnosis.SENSOR_SILENT);
    }
    return switch (result.get().sample()) {
      case Sample.Measured _ ->
          Finding.of(
              "sensors",
              sensor.id(),
              sensor.mode() == CoapSensorConfig.Mode.OBSERVE && !result.get().observing()
                  ? Diagnosis.SENSOR_POLLED
                  : Diagnosis.SENSOR_GOOD);
      case Sample.Missed missed ->
          Finding.of("sensors", sensor.id(), of(missed.fault().kind()))
              .quoting(missed.fault().detail());
    };
  }

  private static Diagnosis of(Fault.Kind kind) {
    return switch (kind) {
      case UNREACHABLE -> Diagnosis.SENSOR_SILENT;
      case REFUSED -> Diagnosis.SENSOR_REFUSED;
      case MALFORMED -> Diagnosis.SENSOR_FORMAT;
      case LOST, HARDWARE -> Diagnosis.SENSOR_LOST;
    };
  }

  static Finding security(Patient patient) {
    if (patient.config().isEmpty()) {
      return Finding.of("sensor-security", Diagnosis.NO_CONFIG);
    }
    List<String> plain =
        coap(patient.config().get()).stream()
            .filter(sensor -> sensor.security() instanceof CoapSecurity.None)
            .map(CoapSensorConfig::id)
            .toList();
    return plain.isEmpty()
        ? Finding.of("sensor-security", Diagnosis.SECURITY_GOOD)
        : Finding.of(
            "sensor-security",
            Diagnosis.SECURITY_PLAIN,
            plain.size(),
            String.join(", ", plain.subList(0, Math.min(8, plain.size()))));
  }
}
