package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.Section;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.source.Decoder;

/**
 * Every camera: by the agent's word while it runs, since many serve only a few viewers; else each
 * is opened for a few seconds as {@code camera test} does.
 */
final class CameraChecks {
  /** Long enough for a handshake, a keyframe and a few pictures. */
  private static final Duration LOOK = Duration.ofSeconds(6);

  private static final Duration START = Duration.ofSeconds(6);

  private static final Pattern LIBRARY =
      Pattern.compile("loading shared libraries: ([^:]+):|(\\S+\\.so\\S*): cannot open shared");

  private CameraChecks() {}

  static List<Finding> cameras(Patient patient) throws InterruptedException, ExecutionException {
    if (patient.config().isEmpty()) {
      return List.of(
          Finding.of("cameras", Diagnosis.NO_CONFIG), Finding.of("pictures", Diagnosis.NO_CONFIG));
    }
    List<CameraConfig> cameras =
        patient.config().get().cameras().values().stream()
            .map(GatewayConfig.CameraEntry::config)
            .toList();
    if (cameras.isEmpty()) {
      return List.of(
          Finding.of("cameras", Diagnosis.NONE_CONFIGURED),
          Finding.of("pictures", Diagnosis.NONE_CONFIGURED));
    }
    List<Finding> findings = new ArrayList<>();
    if (patient.agent().isPresent()) {
      for (CameraConfig camera : cameras) {
        findings.addAll(told(camera.id(), patient.agent().get().path("cameras")));
      }
      return findings;
    }
    if (patient.owner().isPresent()) {
      return List.of(
          Finding.of("cameras", Diagnosis.OWNER_ONLY),
          Finding.of("pictures", Diagnosis.OWNER_ONLY));
    }
    // All at once, at most 16: one after the other they would take longer than anybody waits.
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Finding>>> looks = new ArrayList<>();
      for (CameraConfig camera : cameras) {
        looks.add(threads.submit(() -> looked(patient, camera)));
      }
      for (Future<List<Finding>> look : looks) {
        findings.addAll(look.get());
      }
    }
    return findings;
  }

  private static List<Finding> told(String id, JsonNode words) {
    for (JsonNode word : words) {
      if (word.path("id").asText().equals(id)) {
        String detail = word.path("detail").asText("");
        for (CameraHealth.State state : CameraHealth.State.values()) {
          if (Section.wordFor(state).equals(word.path("state").asText())) {
            return of(
                id,
                state,
                detail,
                word.path("framesPerSecond").asDouble(),
                word.path("frameAgeMs").asLong(-1));
          }
        }
      }
    }
    return of(id, CameraHealth.State.STARTING, "", 0, -1);
  }

  private static List<Finding> looked(Patient patient, CameraConfig camera)
      throws IOException, InterruptedException {
    CameraTrial.Result result = CameraTrial.run(camera, patient.keys(), LOOK, false);
    CameraHealth health = result.health();
    List<Finding> findings =
        new ArrayList<>(
            of(
                camera.id(),
                result.frames() == 0 && health.state() == CameraHealth.State.STARTING
                    ? CameraHealth.State.LOST
                    : health.state(),
                result.frames() == 0 && health.state() == CameraHealth.State.STARTING
                    ? "no answer within the time limit"
                    : health.remark().orElse(""),
                result.framesPerSecond(),
                health.frameAgeMillis()));
    if (result.frames() > 0) {
      Diagnosis picture =
          result.pictures().dark()
              ? Diagnosis.PICTURE_BLACK
              : result.pictures().frozen()
                  ? Diagnosis.PICTURE_FROZEN
                  : result.pictures().blurred()
                      ? Diagnosis.PICTURE_BLURRED
                      : Diagnosis.PICTURE_GOOD;
      findings.set(1, Finding.of("pictures", camera.id(), picture));
    }
    return findings;
  }

  /** First the stream, then what it shows. */
  private static List<Finding> of(
      String id, CameraHealth.State state, String detail, double rate, long ageMillis) {
    Finding stream =
        switch (state) {
          case STARTING -> Finding.of("cameras", id, Diagnosis.CAMERA_STARTING);
          case LOST -> Finding.of("cameras", id, lost(detail)).quoting(detail);
          case OK, FROZEN, BLACK, BLINDED, COVERED, MOVED, DEGRADED ->
              Finding.of(
                  "cameras",
                  id,
                  Diagnosis.CAMERA_GOOD,
                  String.format(Locale.ROOT, "%.1f", rate),
                  Math.max(0, ageMillis));
        };
    Diagnosis picture =
        switch (state) {
          case STARTING, LOST -> Diagnosis.PICTURE_NONE;
          case OK -> Diagnosis.PICTURE_GOOD;
          case FROZEN -> Diagnosis.PICTURE_FROZEN;
          case BLACK -> Diagnosis.PICTURE_BLACK;
          case BLINDED -> Diagnosis.PICTURE_BLINDED;
          case COVERED -> Diagnosis.PICTURE_COVERED;
          case MOVED -> Diagnosis.PICTURE_MOVED;
          case DEGRADED ->
              CameraHealth.isUnanalysed(state, detail)
                  ? Diagnosis.PICTURE_UNANALYSED
                  : Diagnosis.PICTURE_DEGRADED;
        };
    Finding view = Finding.of("pictures", id, picture);
    return List.of(stream, view.quoting(detail));
  }

  /** The words are those of the camera's health. */
  private static Diagnosis lost(String detail) {
    if (detail.contains("(401)") || detail.contains("(403)") || detail.contains("secret ")) {
      return Diagnosis.CAMERA_LOGIN;
    }
    if (detail.contains("(404)")) {
      return Diagnosis.CAMERA_PATH;
    }
    if (detail.contains("connection refused")) {
      return Diagnosis.CAMERA_REFUSED;
    }
    if (detail.contains("certificate")) {
      return Diagnosis.CAMERA_CERTIFICATE;
    }
    return detail.contains("no answer")
            || detail.contains("no route")
            || detail.contains("no picture")
        ? Diagnosis.CAMERA_SILENT
        : Diagnosis.CAMERA_LOST;
  }

  static List<Finding> decoder(Patient patient) throws IOException, InterruptedException {
    if (patient.config().map(config -> config.cameras().isEmpty()).orElse(false)) {
      return List.of(Finding.of("decoder", Diagnosis.NONE_CONFIGURED));
    }
    if (patient.owner().isPresent()) {
      // What is unpacked for it would belong to somebody else, and the agent could not use it.
      return List.of(Finding.of("decoder", Diagnosis.OWNER_ONLY));
    }
    Path folder = Files.createTempDirectory("cityedge-doctor");
    try {
      return List.of(
          Finding.of(
              "decoder",
              Diagnosis.DECODER_GOOD,
              Decoder.version(folder, START).replaceFirst(" Copyright.*", "")));
    } catch (IOException e) {
      String words = String.valueOf(e.getMessage());
      Matcher library = LIBRARY.matcher(words);
      return List.of(
          library.find()
              ? Finding.of(
                      "decoder",
                      Diagnosis.DECODER_LIBRARY,
                      library.group(1) == null ? library.group(2) : library.group(1))
                  .quoting(words)
              : Finding.of("decoder", Diagnosis.DECODER_FAILED).quoting(words));
    } finally {
      discard(folder);
    }
  }

  private static void discard(Path folder) {
    try {
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // An empty folder that stays in /tmp is no reason to hide what was found.
      folder.toFile().deleteOnExit();
    }
  }
}
