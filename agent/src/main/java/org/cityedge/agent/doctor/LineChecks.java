package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.CounterConfig;
import org.cityedge.drivers.LampConfig;
import org.cityedge.drivers.SensorConfig;
import org.cityedge.drivers.gpio.ChipSurvey;

/** Every configured line, without taking it: what the kernel lists, and the agent's own word. */
final class LineChecks {
  /** How the agent appears in the kernel's list. */
  private static final String OURS = "cityedge";

  private LineChecks() {}

  static List<Finding> lines(Patient patient) throws IOException {
    if (patient.config().isEmpty()) {
      return List.of(
          Finding.of("gpio", Diagnosis.NO_CONFIG), Finding.of("outputs", Diagnosis.NO_CONFIG));
    }
    GatewayConfig config = patient.config().get();
    List<ChipSurvey.Chip> chips = ChipSurvey.chips();
    List<Finding> findings = new ArrayList<>();
    for (GatewayConfig.SensorEntry entry : config.sensors().values()) {
      SensorConfig sensor = entry.config();
      line(sensor)
          .ifPresent(
              line ->
                  findings.add(
                      line(
                          "gpio",
                          sensor.id(),
                          line,
                          chips,
                          fault(patient, "sensors", sensor.id()))));
    }
    for (Outputs.Entry entry : config.outputs()) {
      findings.add(
          line(
              "outputs",
              entry.config().id(),
              entry.config().line(),
              chips,
              fault(patient, "outputs", entry.config().id())));
    }
    config.led().cloud().ifPresent(lamp -> findings.add(lamp(patient, "cloud", lamp, chips)));
    config.led().fault().ifPresent(lamp -> findings.add(lamp(patient, "fault", lamp, chips)));
    config
        .button()
        .ifPresent(
            button -> findings.add(line("gpio", "button", button.line(), chips, Optional.empty())));
    for (String check : List.of("gpio", "outputs")) {
      if (findings.stream().noneMatch(finding -> finding.check().equals(check))) {
        findings.add(Finding.of(check, Diagnosis.NONE_CONFIGURED));
      }
    }
    return findings;
  }

  private static Finding lamp(
      Patient patient, String name, LampConfig lamp, List<ChipSurvey.Chip> chips) {
    String id = "led." + name;
    Optional<String> fault = fault(patient, "lamps", name);
    return switch (lamp) {
      case LampConfig.OnLine(ContactConfig.Line line, boolean _) ->
          line("outputs", id, line, chips, fault);
      case LampConfig.OfKernel(String led) -> led(patient, id, LampConfig.LEDS.resolve(led), fault);
    };
  }

  /**
   * What the agent says counts more than what whoever looks may do: the service is let write to
   * less than its user is, and another user to less than the service.
   */
  private static Finding led(Patient patient, String id, Path led, Optional<String> fault) {
    Path seen = patient.machine().root().resolve(Path.of("/").relativize(led));
    if (!Files.isDirectory(seen)) {
      return Finding.of("outputs", id, Diagnosis.LED_MISSING, led);
    }
    boolean writable =
        fault.isEmpty()
            && (tellsOfLamps(patient)
                || (Files.isWritable(seen.resolve("trigger"))
                    && Files.isWritable(seen.resolve("brightness"))));
    return writable
        ? Finding.of("outputs", id, Diagnosis.LINE_FREE)
        : Finding.of("outputs", id, Diagnosis.LED_FORBIDDEN, led).quoting(fault.orElse(""));
  }

  private static boolean tellsOfLamps(Patient patient) {
    return patient.agent().filter(agent -> agent.has("lamps")).isPresent();
  }

  private static Optional<ContactConfig.Line> line(SensorConfig sensor) {
    return switch (sensor) {
      case ContactConfig contact -> Optional.of(contact.line());
      case CounterConfig counter -> Optional.of(counter.line());
      default -> Optional.empty();
    };
  }

  /** What the running agent says is wrong with the line; empty when nothing is, or none runs. */
  private static Optional<String> fault(Patient patient, String group, String id) {
    JsonNode word = patient.agent().map(agent -> agent.path(group).path(id)).orElse(null);
    if (word == null || word.isMissingNode()) {
      return Optional.empty();
    }
    if (word.isTextual()) {
      return Optional.of(word.asText());
    }
    return word.path("fault").asText("").equals("hardware")
        ? Optional.of(word.path("detail").asText(""))
        : Optional.empty();
  }

  private static Finding line(
      String check,
      String id,
      ContactConfig.Line line,
      List<ChipSurvey.Chip> chips,
      Optional<String> fault) {
    Finding found =
        switch (line) {
          case ContactConfig.Line.Simulated(Path file) -> simulated(check, id, file);
          case ContactConfig.Line.Chip(Path device, int offset) ->
              real(check, id, device, offset, chips);
        };
    if (fault.isPresent() && found.mark() != Mark.FAIL) {
      return Finding.of(check, id, Diagnosis.LINE_FAULT).quoting(fault.get());
    }
    return fault.map(found::quoting).orElse(found);
  }

  private static Finding simulated(String check, String id, Path file) {
    // An output makes its file.
    return Files.exists(file) || check.equals("outputs")
        ? Finding.of(check, id, Diagnosis.LINE_SIMULATED)
        : Finding.of(check, id, Diagnosis.LINE_SIMULATED_MISSING, file);
  }

  private static Finding real(
      String check, String id, Path device, int offset, List<ChipSurvey.Chip> chips) {
    Path real = Files.exists(device) ? follow(device) : device;
    Optional<ChipSurvey.Chip> found =
        chips.stream().filter(chip -> chip.device().equals(real)).findFirst();
    if (found.isEmpty()) {
      return Finding.of(check, id, Diagnosis.CHIP_MISSING, device);
    }
    ChipSurvey.Chip chip = found.get();
    if (!chip.problem().isEmpty()) {
      return Finding.of(
              check, id, Diagnosis.CHIP_FORBIDDEN, System.getProperty("user.name"), device)
          .quoting(chip.problem());
    }
    if (offset >= chip.lines().size()) {
      return Finding.of(check, id, Diagnosis.LINE_ABSENT, offset, chip.lines().size() - 1);
    }
    ChipSurvey.Listed listed = chip.lines().get(offset);
    if (!listed.used()) {
      return Finding.of(check, id, Diagnosis.LINE_FREE);
    }
    return listed.owner().equals(OURS)
        ? Finding.of(check, id, Diagnosis.LINE_OURS)
        : Finding.of(
            check, id, Diagnosis.LINE_TAKEN, listed.owner().isEmpty() ? "?" : listed.owner());
  }

  private static Path follow(Path device) {
    try {
      return device.toRealPath();
    } catch (IOException e) {
      return device;
    }
  }
}
