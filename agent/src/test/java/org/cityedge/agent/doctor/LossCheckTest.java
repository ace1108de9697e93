package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** {@link org.cityedge.agent.DoctorIT} has an agent that really refuses posts. */
class LossCheckTest {
  private static Patient patient(Optional<JsonNode> agent) {
    Path nowhere = Path.of("nowhere");
    return new Patient(
        nowhere,
        nowhere,
        nowhere,
        Optional.empty(),
        agent,
        Optional.empty(),
        Patient.Machine.real());
  }

  private static List<Finding> losses(String word) throws Exception {
    return LossCheck.losses(patient(Optional.of(JsonMapper.builder().build().readTree(word))));
  }

  @Test
  void namesWhoLostHowMuchAndWhy() throws Exception {
    List<Finding> findings =
        losses(
            """
            {"losses": [{"from": "pm-1", "cause": "pace", "count": 7, "ageS": 3599.9},
                        {"from": "door-1", "cause": "posts", "count": 3, "ageS": 61.0},
                        {"from": "door-2", "cause": "size", "count": 1, "ageS": 0.0},
                        {"from": "track", "cause": "store", "count": 2, "ageS": 1.0},
                        {"from": "10.0.0.9", "cause": "packets", "count": 4000, "ageS": 2.0}]}
            """);
    assertThat(findings)
        .extracting(Finding::diagnosis)
        .containsExactly(
            Diagnosis.LOSS_PACKETS,
            Diagnosis.LOSS_PACE,
            Diagnosis.LOSS_POSTS,
            Diagnosis.LOSS_STORE,
            Diagnosis.LOSS_SIZE);
    assertThat(findings)
        .extracting(Finding::subject)
        .containsExactly("10.0.0.9", "pm-1", "door-1", "track", "door-2");
    assertThat(findings.get(2).values()).containsExactly("3", "1m1s");
    assertThat(Doctor.worst(findings)).isEqualTo(Mark.WARN);
  }

  @Test
  void namesOnlyTheTwentyThatLostMost() throws Exception {
    String flood =
        IntStream.range(0, 50)
            .mapToObj(
                i ->
                    "{\"from\": \"10.0.0.%d\", \"cause\": \"packets\", \"count\": %d, \"ageS\": 1}"
                        .formatted(i, 100 + i))
            .collect(Collectors.joining(", ", "{\"losses\": [", "]}"));
    assertThat(losses(flood))
        .hasSize(20)
        .extracting(Finding::subject)
        .startsWith("10.0.0.49")
        .endsWith("10.0.0.30");
  }

  @Test
  void leavesOutWhatLiesAnHourBack() throws Exception {
    assertThat(
            losses(
                """
                {"losses": [{"from": "pm-1", "cause": "pace", "count": 7, "ageS": 3601}]}
                """))
        .extracting(Finding::diagnosis)
        .containsExactly(Diagnosis.LOSS_NONE);
  }

  @Test
  void isNotKnownWithoutAnAgent() {
    assertThat(LossCheck.losses(patient(Optional.empty())))
        .extracting(Finding::diagnosis)
        .containsExactly(Diagnosis.AGENT_MUST_RUN);
  }
}
