package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private final Budget budget = new Budget();

  private boolean take(String who, double seconds) {
    return budget.take(who, Math.round(seconds * 1e9), false);
  }

  @Test
  void allowsOneLookASecondHoweverManyAsk() {
    Map<String, Integer> taken = new TreeMap<>();
    for (int i = 0; i < 200; i++) { // 100 s, two pictures a second of each camera
      for (String camera : List.of("a", "b", "c", "d")) {
        if (take(camera, i / 2.0 + 0.01 * camera.charAt(0))) {
          taken.merge(camera, 1, Integer::sum);
        }
      }
    }

    int all = taken.values().stream().mapToInt(Integer::intValue).sum();
    assertThat(all).isBetween(95, 101);
    assertThat(taken.values()).allSatisfy(looks -> assertThat(looks).isBetween(23, 27));
  }

  @Test
  void takesAPictureThatComesALittleEarlyWithoutEverDoingMore() {
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      double seconds = i / 2.0 + (i % 4 == 2 ? -0.02 : 0);
      if (take("a", seconds)) {
        times.add(seconds);
      }
    }

    assertThat(times).hasSize(500);
    for (int i = 1; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - 1)).isGreaterThanOrEqualTo(0.75);
    }
  }

  @Test
  void letsASuspectGoFirst() {
    assertThat(take("counts", 0)).isTrue();
    assertThat(budget.take("suspects", 500_000_000, true)).isFalse();

    assertThat(take("counts", 1)).isFalse();
    assertThat(budget.take("suspects", 1_000_000_000L, true)).isTrue();
  }

  @Test
  void doesNotWaitForOneThatHasGone() {
    assertThat(take("a", 0)).isTrue();
    assertThat(take("b", 0.5)).isFalse();
    assertThat(take("a", 1)).as("b's turn").isFalse();
    assertThat(take("a", 3.1)).as("b has not asked for 2.6 s").isTrue();

    budget.forget("a");
    assertThat(take("c", 3.7)).isFalse();
    assertThat(take("c", 4.2)).isTrue();
  }

  @Test
  void beginsAnewWithAnotherClip() {
    assertThat(take("a", 100)).isTrue();
    assertThat(take("a", 0)).isTrue();
    assertThat(take("a", 0.5)).isFalse();
  }
}
