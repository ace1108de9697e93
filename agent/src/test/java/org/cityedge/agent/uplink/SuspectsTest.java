package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class SuspectsTest {
  private final Suspects suspects = new Suspects();

  @Test
  void isCarefulForAsManyAnswersAsWereOwed() {
    suspects.ended(Set.of(1L, 2L));
    assertThat(suspects.careful()).isTrue();
    suspects.answered(1);
    suspects.answered(2);
    assertThat(suspects.careful()).isFalse();
  }

  @Test
  void postponesAnEventThatBrokeConnectionsAlone() {
    suspects.ended(Set.of(1L, 2L, 3L));
    suspects.ended(Set.of(1L));
    assertThat(suspects.postponed(1)).isFalse();
    suspects.ended(Set.of(1L));
    assertThat(suspects.postponed(1)).isTrue();
    assertThat(suspects.postponed(2)).isFalse();
  }

  @Test
  void clearsAnEventWhenItIsAnswered() {
    suspects.ended(Set.of(1L));
    suspects.ended(Set.of(1L));
    suspects.ended(Set.of(1L));
    suspects.answered(1);
    assertThat(suspects.postponed(1)).isFalse();
  }

  @Test
  void forgetsTheSuspicionWhenAnotherEventBreaksTheConnection() {
    suspects.ended(Set.of(1L));
    suspects.ended(Set.of(1L));
    suspects.ended(Set.of(2L));
    suspects.ended(Set.of(1L));
    assertThat(suspects.postponed(1)).isFalse();
  }

  @Test
  void accusesNobodyOfAnEndThatCameOfSomethingElse() {
    suspects.ended(Set.of(1L, 2L));
    suspects.acquitted();
    assertThat(suspects.careful()).isFalse();
    suspects.ended(Set.of(1L));
    suspects.acquitted();
    suspects.ended(Set.of(1L));
    assertThat(suspects.postponed(1)).isFalse();
  }
}
