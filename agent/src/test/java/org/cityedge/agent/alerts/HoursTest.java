package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.cityedge.config.ConfigException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules that hold in their hours only. */
class HoursTest {
  private static final DateTimeFormatter ISO = DateTimeFormatter.ISO_OFFSET_DATE_TIME;

  @TempDir Path folder;
  private AlertStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, House.SECTIONS);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void raisesInItsHoursOnlyAndOutlivesThem() throws Exception {
    stage.flag("night", true); // 08:30 in Shanghai
    stage.flag("night", false);
    assertThat(stage.messages()).isEmpty();
    stage.seconds = 13 * 3600 + 1800; // 22:00
    stage.flag("night", true);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    stage.seconds += 12 * 3600;
    stage.flag("night", true);
    assertThat(stage.tracker.openCount()).isEqualTo(1);
  }

  @Test
  void aClockThatNobodyVouchesForSilencesNothing() throws Exception {
    stage.trust = new Alert.Clock("none", null);
    stage.flag("night", true);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
  }

  @ParameterizedTest
  @CsvSource({
    "mon-fri 22:00-06:00, 2026-06-01T22:00:00+08:00, true", // Monday
    "mon-fri 22:00-06:00, 2026-06-01T05:59:59+08:00, false",
    "mon-fri 22:00-06:00, 2026-06-06T05:59:59+08:00, true", // Saturday morning is Friday's night
    "mon-fri 22:00-06:00, 2026-06-06T22:00:00+08:00, false",
    "sat-mon 00:00-24:00, 2026-06-07T23:59:59+08:00, true",
    "sat-mon 00:00-24:00, 2026-06-02T00:00:00+08:00, false",
    "wed 08:00-12:00, 2026-06-03T08:00:00+08:00, true",
    "wed 08:00-12:00, 2026-06-03T12:00:00+08:00, false"
  })
  void knowsItsHours(String hours, String time, boolean inside) throws Exception {
    String sections = House.SECTIONS.replace("mon-sun 22:00-06:00", hours);
    Rule night =
        AlertStage.config(folder, sections).rules().stream()
            .filter(r -> r.head().id().equals("night-open"))
            .findFirst()
            .orElseThrow();
    assertThat(night.head().hours().orElseThrow().contains(Instant.from(ISO.parse(time))))
        .isEqualTo(inside);
  }

  @ParameterizedTest
  @CsvSource({
    "sometimes",
    "mon 8:00-12:00",
    "mon 08:00-08:00",
    "mon-xyz 08:00-12:00",
    "mon 08:00-24:30"
  })
  void refusesHoursThatNobodyUnderstands(String hours) {
    String wrong = House.SECTIONS.replace("mon-sun 22:00-06:00", hours);
    assertThatThrownBy(() -> AlertStage.config(folder, wrong))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> assertThat(e.problems().getFirst().message()).contains("mon-fri 22:00-06:00"));
  }
}
