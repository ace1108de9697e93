package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

class TextsTest {
  private static final Pattern PLACE = Pattern.compile("\\{\\d}");
  private static final Pattern HAN = Pattern.compile("\\p{IsHan}");
  static final List<String> CHECKS = Checks.ids();

  private final Texts chinese = Texts.in("zh");
  private final Texts english = Texts.in("en");

  @ParameterizedTest
  @EnumSource
  void everythingThatCanBeFoundHasCauseAndCureInBothLanguages(Diagnosis diagnosis) {
    for (String part : List.of(".cause", ".cure")) {
      String zh = chinese.entry(diagnosis + part).orElse("");
      String en = english.entry(diagnosis + part).orElse("");
      boolean needed = part.equals(".cause") || diagnosis.mark().compareTo(Mark.WARN) >= 0;
      assertThat(zh.isEmpty()).as("%s%s", diagnosis, part).isEqualTo(en.isEmpty());
      assertThat(needed && zh.isEmpty()).as("%s%s is missing", diagnosis, part).isFalse();
      assertThat(places(zh)).as("%s%s", diagnosis, part).isEqualTo(places(en));
      assertThat(HAN.matcher(en).find()).isFalse();
      assertThat(zh.isEmpty() || HAN.matcher(zh).find() || zh.equals("{0}。")).isTrue();
    }
  }

  @ParameterizedTest
  @FieldSource("CHECKS")
  void everyCheckHasANameInBothLanguages(String check) {
    assertThat(chinese.title(check)).matches(HAN.pattern() + ".*|.*" + HAN.pattern() + ".*");
    assertThat(english.title(check)).isNotBlank();
  }

  @Test
  void thereAreAtLeastThirtyChecks() {
    assertThat(Set.copyOf(CHECKS)).hasSameSizeAs(CHECKS).hasSizeGreaterThanOrEqualTo(30);
  }

  @Test
  void sentencesHaveTheirValues() {
    Finding finding = Finding.of("disk-space", Diagnosis.DISK_LOW, 12, 345);
    assertThat(chinese.cause(finding)).isEqualTo("数据目录只剩 12 MiB，共 345 MiB。");
    assertThat(english.cause(finding))
        .isEqualTo("The data folder has only 12 MiB of 345 MiB left.");
    assertThat(english.cure(finding))
        .hasValueSatisfying(cure -> assertThat(cure).contains("maxBytes"));
  }

  private static Set<String> places(String text) {
    Set<String> found = new TreeSet<>();
    PLACE.matcher(text).results().forEach(match -> found.add(match.group()));
    return found;
  }
}
