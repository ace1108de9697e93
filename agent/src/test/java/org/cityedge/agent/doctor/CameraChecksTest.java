package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the running agent says of its cameras. */
class CameraChecksTest {
  @TempDir Path folder;

  private Finding pictures(String state, String detail) throws Exception {
    GatewayConfig config =
        ConfigLoader.parse(
            "test",
            """
            gateway: {district: "510108", id: gw-1}
            uplink: {brokers: ["mqtt://h"]}
            cameras: [{id: cam-1, source: "rtsp://h", detect: [smoke]}]
            """,
            root -> GatewayConfig.read(root, folder));
    String word =
        """
        {"cameras":[{"id":"cam-1","state":"%s","framesPerSecond":2,"frameAgeMs":300%s}]}
        """
            .formatted(state, detail.isEmpty() ? "" : ",\"detail\":\"" + detail + "\"");
    Patient patient =
        new Patient(
            folder.resolve("gateway.yaml"),
            folder,
            folder,
            Optional.of(config),
            Optional.of(JsonMapper.builder().build().readTree(word)),
            Optional.empty(),
            Patient.Machine.real());
    List<Finding> findings = CameraChecks.cameras(patient);
    return findings.getLast();
  }

  @Test
  void picturesThatAreNotAnalysedAreAFaultThatNoLensCauses() throws Exception {
    Finding found = pictures("degraded", "nothing is found in its pictures: out of memory");
    assertThat(found.diagnosis()).isEqualTo(Diagnosis.PICTURE_UNANALYSED);
    assertThat(found.detail()).endsWith("out of memory");
    assertThat(pictures("degraded", "fog").diagnosis()).isEqualTo(Diagnosis.PICTURE_DEGRADED);
  }

  @Test
  void whatACameraThatIsOkRemarksIsQuoted() throws Exception {
    assertThat(pictures("ok", "").detail()).isEmpty();
    assertThat(pictures("ok", "looked at once a second").detail())
        .isEqualTo("looked at once a second");
  }
}
