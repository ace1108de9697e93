package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentChecksTest {
  @TempDir Path data;

  private Finding uplink(String word) throws Exception {
    return AgentChecks.uplink(
        new Patient(
            data,
            data,
            data,
            Optional.empty(),
            Optional.of(JsonMapper.builder().build().readTree("{\"uplink\":" + word + "}")),
            Optional.empty(),
            Patient.Machine.real()));
  }

  @Test
  void aConnectionOnWhichNothingOfTheCentreArrivesIsAWarningWithItsReason() throws Exception {
    assertThat(uplink("{\"connected\":true,\"acknowledged\":3}").diagnosis())
        .isEqualTo(Diagnosis.UPLINK_UP);
    Finding deaf = uplink("{\"connected\":true,\"deaf\":\"subscription refused: 0x87\"}");
    assertThat(deaf.diagnosis()).isEqualTo(Diagnosis.UPLINK_DEAF);
    assertThat(deaf.detail()).isEqualTo("subscription refused: 0x87");
    assertThat(deaf.mark()).isEqualTo(Mark.WARN);
  }
}
