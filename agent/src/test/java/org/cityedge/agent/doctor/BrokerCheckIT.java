package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link SeededFaultsIT} has what else can be wrong with a broker. */
class BrokerCheckIT {
  @TempDir Path folder;

  @Test
  void aBrokerThatRetainsNothingIsNamedForThat() throws Exception {
    try (Mosquitto broker =
        Mosquitto.start(Files.createDirectory(folder.resolve("b")), "retain_available false")) {
      String text =
          "gateway: {id: gw-1, district: \"510108\"}\nuplink: {brokers: [\"%s\"]}\n"
              .formatted(broker.uri());
      GatewayConfig config =
          ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, folder));
      Patient patient =
          new Patient(
              folder,
              folder,
              folder,
              Optional.of(config),
              Optional.empty(),
              Optional.empty(),
              Patient.Machine.real());
      assertThat(BrokerCheck.stages(patient))
          .filteredOn(finding -> finding.check().equals("broker-connack"))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.diagnosis()).isEqualTo(Diagnosis.LOGIN_NO_RETAIN);
                assertThat(finding.mark()).isEqualTo(Mark.FAIL);
                assertThat(finding.detail()).contains("0x9a");
              });
    }
  }
}
