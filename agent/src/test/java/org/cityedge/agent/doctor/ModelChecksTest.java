package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.testing.ColourModel;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelChecksTest {
  @TempDir Path data;
  private Path folder;
  private String named = "";

  @BeforeEach
  void bringAModel() throws Exception {
    folder = Files.createDirectory(data.resolve("models"));
    named = "crowd: {" + ColourModel.write(folder, "colour", 0.5) + "}";
    Files.writeString(folder.resolve("LICENSE.txt"), "of the model");
  }

  private List<Finding> look(String models, Optional<JsonNode> agent) throws Exception {
    String text =
        "gateway: {id: gw-1, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\n"
            + "cameras: [{id: cam-1, source: \"rtsp://h\", detect: [crowd], models: {%s}}]"
                .formatted(models);
    GatewayConfig config = ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, data));
    return ModelChecks.models(
        new Patient(
            data.resolve("gateway.yaml"),
            data,
            data,
            Optional.of(config),
            agent,
            Optional.empty(),
            Patient.Machine.real()));
  }

  @Test
  void passesWhatTheConfigurationNames() throws Exception {
    List<Finding> findings = look(named, Optional.empty());

    assertThat(findings).extracting(Finding::diagnosis).containsExactly(Diagnosis.MODEL_GOOD);
  }

  @Test
  void failsAModelThatNoCameraNames() throws Exception {
    Files.createDirectory(folder.resolve("more"));
    Files.writeString(folder.resolve("more/faces.onnx"), "x");

    assertThat(look(named, Optional.empty()))
        .extracting(Finding::diagnosis, Finding::subject)
        .containsExactly(tuple(Diagnosis.MODEL_STRANGER, "more/faces.onnx"));
    assertThat(look("", Optional.empty()))
        .extracting(Finding::diagnosis)
        .containsOnly(Diagnosis.MODEL_STRANGER)
        .hasSize(3);
  }

  @Test
  void failsADamagedModelAndQuotesWhatIsWrong() throws Exception {
    Files.writeString(folder.resolve("colour.onnx"), "half of it");

    Finding finding = look(named, Optional.empty()).getFirst();

    assertThat(finding.diagnosis()).isEqualTo(Diagnosis.MODEL_UNUSABLE);
    assertThat(finding.detail()).contains("colour.onnx: is damaged or another one");
  }

  @Test
  void takesTheRunningAgentsWordForWhatOnlyItKnows() throws Exception {
    JsonNode word =
        JsonMapper.builder()
            .build()
            .readTree(
                "{\"models\":[{\"camera\":\"cam-1\",\"kind\":\"crowd\",\"file\":\"colour.json\","
                    + "\"trouble\":\"OpenCV cannot run it\"}]}");

    Finding finding = look(named, Optional.of(word)).getFirst();

    assertThat(finding.diagnosis()).isEqualTo(Diagnosis.MODEL_UNUSABLE);
    assertThat(finding.detail()).contains("OpenCV cannot run it");
  }
}
