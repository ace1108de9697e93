package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path folder;

  @Test
  void aCheckThatHangsOrBreaksIsAFindingAndTheOthersGoOn() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Check hangs =
        new Check(
            List.of("store"),
            Duration.ofMillis(200),
            false,
            _ -> {
              try {
                never.await();
              } finally {
                interrupted.countDown();
              }
              return List.of();
            });
    Check breaks =
        Check.quickly(
            "memory",
            _ -> {
              throw new IOException("no such thing");
            });
    Check works = Check.quick("load", _ -> Finding.of("load", Diagnosis.LOAD_GOOD, "0.1", 4));
    Patient patient = Patient.of(folder, folder, folder, Patient.Machine.real());

    List<Finding> findings = Doctor.look(patient, List.of(hangs, breaks, works));

    assertThat(findings)
        .extracting(Finding::diagnosis)
        .containsExactly(Diagnosis.CHECK_BROKEN, Diagnosis.LOAD_GOOD, Diagnosis.CHECK_LATE);
    assertThat(findings.getFirst().detail()).contains("no such thing");
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(Doctor.worst(findings)).isEqualTo(Mark.FAIL);
  }

  @Test
  void whatWasSkippedMakesNothingWorse() {
    assertThat(
            Doctor.worst(
                List.of(
                    Finding.of("load", Diagnosis.LOAD_GOOD, "0.1", 4),
                    Finding.of("power", Diagnosis.POWER_UNTOLD))))
        .isEqualTo(Mark.PASS);
  }

  @Test
  void noLimitExceedsTenSeconds() {
    assertThat(Checks.ALL).allMatch(check -> check.limit().compareTo(Duration.ofSeconds(9)) <= 0);
  }
}
