package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.Section;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.ModelUse;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.model.Models;

/**
 * The networks that cameras name, and whatever else lies in their folder: no network lies on a
 * gateway that its signed configuration does not know.
 */
final class ModelChecks {
  private ModelChecks() {}

  static List<Finding> models(Patient patient) throws IOException {
    if (patient.config().isEmpty()) {
      return List.of(Finding.of("models", Diagnosis.NO_CONFIG));
    }
    Path folder = patient.data().resolve(Models.FOLDER);
    Set<String> known = new HashSet<>();
    List<Finding> findings = new ArrayList<>();
    int good = 0;
    for (GatewayConfig.CameraEntry entry : patient.config().get().cameras().values()) {
      CameraConfig camera = entry.config();
      for (Map.Entry<Kind, ModelUse> named : camera.models().entrySet()) {
        ModelUse use = named.getValue();
        known.add(use.file());
        known.add(use.file().replaceFirst("\\.json$", ".onnx"));
        if (use.mode() != ModelUse.Mode.CLASSICAL) {
          Optional<String> trouble = trouble(patient, folder, camera.id(), named.getKey(), use);
          if (trouble.isPresent()) {
            findings.add(
                Finding.of("models", camera.id(), Diagnosis.MODEL_UNUSABLE, use.file())
                    .quoting(trouble.get()));
          } else {
            good++;
          }
        }
      }
    }
    for (String stranger : files(folder)) {
      if (!known.contains(stranger)) {
        findings.add(Finding.of("models", stranger, Diagnosis.MODEL_STRANGER, folder));
      }
    }
    if (findings.isEmpty()) {
      findings.add(
          good > 0
              ? Finding.of("models", Diagnosis.MODEL_GOOD, good)
              : Finding.of("models", Diagnosis.NONE_CONFIGURED));
    }
    return findings;
  }

  private static Optional<String> trouble(
      Patient patient, Path folder, String camera, Kind kind, ModelUse use) {
    try {
      if (patient.agent().isPresent() || patient.owner().isPresent()) {
        Models.verify(folder, kind, use);
      } else {
        Models.test(folder, kind, use);
      }
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    if (patient.agent().isEmpty()) {
      return Optional.empty();
    }
    for (JsonNode word : patient.agent().get().path("models")) {
      if (word.path("camera").asText().equals(camera)
          && word.path("kind").asText().equals(Section.wordFor(kind))
          && word.has("trouble")) {
        return Optional.of(word.path("trouble").asText());
      }
    }
    return Optional.empty();
  }

  /** What lies in the folder, below it as well, but for texts such as licences. */
  private static List<String> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> !Files.isDirectory(path))
          .map(path -> folder.relativize(path).toString())
          .filter(name -> !name.endsWith(".txt") && !name.endsWith(".md"))
          .sorted()
          .toList();
    }
  }
}
