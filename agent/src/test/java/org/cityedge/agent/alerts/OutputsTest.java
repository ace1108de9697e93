package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.About;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.OutputConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final About ABOUT =
      new About(
          "警笛",
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          About.ShareLevel.NONE);

  @TempDir Path folder;
  private Path siren = Path.of("siren");
  private final AtomicLong nanos = new AtomicLong();

  @BeforeEach
  void placeTheSiren() {
    siren = folder.resolve("siren");
  }

  private Outputs outputs() {
    return new Outputs(List.of(entry(siren, "smoke-cam-1")), this::now);
  }

  private static Outputs.Entry entry(Path file, String rule) {
    OutputConfig config =
        new OutputConfig(
            "siren-1",
            OutputConfig.Kind.SIREN,
            new ContactConfig.Line.Simulated(file),
            false,
            Duration.ofMinutes(3));
    return new Outputs.Entry(config, Set.of(rule), ABOUT);
  }

  /** Goes on as the clock does, and by leaps. */
  private long now() {
    return System.nanoTime() + nanos.get();
  }

  private void awaitLevel(String level) {
    Eventually.await("level " + level, LIMIT, () -> level().equals(level));
  }

  private String level() {
    try {
      return Files.exists(siren) ? Files.readString(siren).strip() : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static Alert alert(String id, String state, String rule) {
    return new Alert(
        id,
        1,
        state,
        "smoke",
        "Actual",
        "Severe",
        "Immediate",
        "Likely",
        0.8,
        "建设路3号探头疑似烟雾",
        "2026-06-01T08:30:00.000+08:00",
        null,
        null,
        null,
        new Alert.Where(null, null, null, null, null, null, null, null, null, null),
        null,
        new Alert.Why(rule, null, null, "cam-1", null, null, 6, null, null, null, null, null),
        null,
        new Alert.Clock("ntp", 12L),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  @Test
  void staysOnWithOtherRulesAndGoesOffWithAnotherLine() {
    try (Outputs outputs = outputs()) {
      outputs.start();
      outputs.accept(alert("A", "raised", "smoke-cam-1"));
      awaitLevel("1");
      outputs.follow(List.of(entry(siren, "smoke-cam-2")));
      assertThat(outputs.isOn("siren-1")).isTrue();
      outputs.accept(alert("A", "expired", "smoke-cam-1"));
      assertThat(outputs.isOn("siren-1")).as("its alert is over, its rule gone").isFalse();
      outputs.accept(alert("A2", "raised", "smoke-cam-2"));
      awaitLevel("1");
      Path other = folder.resolve("other");
      outputs.follow(List.of(entry(other, "smoke-cam-2")));
      awaitLevel("0");
      Eventually.await("the new line is taken", LIMIT, () -> Files.exists(other));
      assertThat(outputs.isOn("siren-1")).isFalse();
      outputs.accept(alert("B", "raised", "smoke-cam-1"));
      assertThat(outputs.isOn("siren-1")).isFalse();
      outputs.accept(alert("C", "raised", "smoke-cam-2"));
      assertThat(outputs.isOn("siren-1")).isTrue();
    }
  }

  @Test
  void followsTheAlertsOfItsRules() {
    try (Outputs outputs = outputs()) {
      outputs.start();
      awaitLevel("0");
      outputs.accept(alert("A", "raised", "smoke-cam-1"));
      awaitLevel("1");
      outputs.accept(alert("A", "cleared", "smoke-cam-1"));
      awaitLevel("0");
      assertThat(outputs.failing()).isZero();
    }
  }

  @Test
  void leavesOtherRulesAndWhatWasOpenBeforeARestartAlone() {
    try (Outputs outputs = outputs()) {
      outputs.start();
      awaitLevel("0");
      outputs.accept(alert("A", "raised", "crowd-cam-1"));
      outputs.accept(alert("B", "updated", "smoke-cam-1"));
      outputs.accept(alert("C", "raised", "smoke-cam-1"));
      awaitLevel("1");
      // Had one of the others counted, this would not switch it off.
      outputs.accept(alert("C", "expired", "smoke-cam-1"));
      awaitLevel("0");
    }
  }

  /** The centre's hand is stronger than an alert, and its wish ends as any other: after maxOn. */
  @Test
  void theCentreSwitchesOnForAtMostItsTimeAndOffWhateverWantsItOn() {
    try (Outputs outputs = outputs()) {
      outputs.start();
      assertThat(outputs.set("siren-1", true, "c-1")).isTrue();
      awaitLevel("1");
      assertThat(outputs.set("siren-2", true, "c-2")).isFalse();
      outputs.accept(alert("A", "raised", "smoke-cam-1"));
      assertThat(outputs.set("siren-1", false, "c-3")).isTrue();
      awaitLevel("0");
      outputs.accept(alert("B", "raised", "smoke-cam-1"));
      awaitLevel("1");
      nanos.addAndGet(Duration.ofMinutes(3).toNanos());
      assertThat(outputs.isOn("siren-1")).isFalse();
      for (int i = 0; i < 1100; i++) {
        assertThat(outputs.set("siren-1", true, "d-" + i)).isTrue();
        assertThat(outputs.isOn("siren-1")).as("wish %d", i).isTrue();
        nanos.addAndGet(Duration.ofMinutes(3).toNanos());
        assertThat(outputs.isOn("siren-1")).isFalse();
      }
    }
  }
}
