package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DebounceTest {
  private static final long MS = 1_000_000L;
  private final Debounce debounce = new Debounce(50 * MS, false, 0);

  @Test
  void countsLevelOnceItHasHeld() {
    assertThat(debounce.level(true, 10 * MS)).isEmpty();
    assertThat(debounce.level(true, 59 * MS)).isEmpty();
    assertThat(debounce.level(true, 60 * MS)).contains(new Edge(true, 60 * MS));
    assertThat(debounce.level(true, 200 * MS)).isEmpty();
  }

  @Test
  void ignoresChatter() {
    for (long t = 0; t < 400; t += 20) {
      assertThat(debounce.level(t % 40 == 0, t * MS)).isEmpty();
    }
    assertThat(debounce.isActive()).isFalse();
  }

  @Test
  void passesEachChangeAtZero() {
    Debounce none = new Debounce(0, true, 0);
    assertThat(none.level(false, 1)).contains(new Edge(false, 1));
    assertThat(none.level(true, 2)).contains(new Edge(true, 2));
  }
}
