package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineChecksTest {
  @TempDir Path root;

  private Path led;

  @BeforeEach
  void light() throws Exception {
    led = Files.createDirectories(root.resolve("sys/class/leds/ACT"));
  }

  private Finding lamp(Optional<JsonNode> agent) throws Exception {
    String text =
        "gateway: {id: gw-1, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\nled: {fault: {led: ACT}}\n";
    GatewayConfig config =
        ConfigLoader.parse("test", text, section -> GatewayConfig.read(section, root));
    return LineChecks.lines(
            new Patient(
                root,
                root,
                root,
                Optional.of(config),
                agent,
                Optional.empty(),
                new Patient.Machine(root, InstantSource.system(), System::nanoTime)))
        .stream()
        .filter(finding -> finding.subject().equals("led.fault"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anLedWhoseFilesCanBeWrittenIsWell() throws Exception {
    Files.createFile(led.resolve("trigger"));
    Files.createFile(led.resolve("brightness"));
    assertThat(lamp(Optional.empty()).diagnosis()).isEqualTo(Diagnosis.LINE_FREE);
  }

  @Test
  void anLedWhoseFilesCannotBeWrittenIsAFault() throws Exception {
    Files.createFile(led.resolve("trigger"));
    assertThat(lamp(Optional.empty()))
        .isEqualTo(
            Finding.of("outputs", "led.fault", Diagnosis.LED_FORBIDDEN, "/sys/class/leds/ACT"));
  }

  /** The service's sandbox is narrower than what whoever runs doctor may do. */
  @Test
  void anLedThatTheAgentCannotSwitchIsAFaultHoweverItLooksFromOutside() throws Exception {
    Files.createFile(led.resolve("trigger"));
    Files.createFile(led.resolve("brightness"));
    JsonNode word =
        JsonMapper.builder().build().readTree("{\"lamps\":{\"fault\":\"Read-only file system\"}}");
    Finding found = lamp(Optional.of(word));
    assertThat(found.diagnosis()).isEqualTo(Diagnosis.LED_FORBIDDEN);
    assertThat(found.detail()).isEqualTo("Read-only file system");
  }

  /** Doctor as another user, who may not write what the service may. */
  @Test
  void anLedThatTheAgentSwitchesIsWellHoweverItLooksFromOutside() throws Exception {
    Files.createFile(led.resolve("trigger"));
    JsonNode word = JsonMapper.builder().build().readTree("{\"lamps\":{}}");
    assertThat(lamp(Optional.of(word)).diagnosis()).isEqualTo(Diagnosis.LINE_FREE);
  }

  @Test
  void anLedOfWhichTheAgentSaysNothingIsLookedAt() throws Exception {
    Files.createFile(led.resolve("trigger"));
    JsonNode word = JsonMapper.builder().build().readTree("{\"sensors\":{}}");
    assertThat(lamp(Optional.of(word)).diagnosis()).isEqualTo(Diagnosis.LED_FORBIDDEN);
  }

  @Test
  void anLedThatIsNotThereIsNamed() throws Exception {
    Files.delete(led);
    assertThat(lamp(Optional.empty()).diagnosis()).isEqualTo(Diagnosis.LED_MISSING);
  }
}
