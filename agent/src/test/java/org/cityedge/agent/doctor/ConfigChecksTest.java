package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.cityedge.agent.testing.LastOrder;
import org.cityedge.config.Standing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigChecksTest {
  @TempDir Path data;

  private Patient patient() {
    return new Patient(
        data,
        data,
        data,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Patient.Machine(data, InstantSource.system(), System::nanoTime));
  }

  @Test
  void aDamagedStateIsNotTakenForTheFactoryDocument() throws Exception {
    Files.writeString(Files.createDirectories(data.resolve("config")).resolve("state.a"), "x");
    assertThat(ConfigChecks.result(patient()).diagnosis()).isEqualTo(Diagnosis.RESULT_UNREADABLE);
    assertThatThrownBy(() -> ConfigChecks.active(patient())).hasMessageContaining("is damaged");
  }

  @Test
  void aWayBackThatWasAskedForIsNoFailedTrial() throws Exception {
    LastOrder.ended(data.resolve("config"), Standing.State.ROLLED_BACK, "ROLLBACK");
    assertThat(ConfigChecks.result(patient()))
        .isEqualTo(Finding.of("config-result", Diagnosis.RESULT_GONE_BACK, 7L, "ROLLBACK"));
    LastOrder.ended(data.resolve("config"), Standing.State.ROLLED_BACK, "CRASH_LOOP");
    assertThat(ConfigChecks.result(patient()))
        .isEqualTo(Finding.of("config-result", Diagnosis.RESULT_ROLLED_BACK, 7L, "CRASH_LOOP"));
  }
}
