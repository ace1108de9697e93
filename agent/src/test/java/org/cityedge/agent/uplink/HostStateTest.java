package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostStateTest {
  private static final String TOPIC = "city/v1/_host/centre-1/state";
  private final HostState host = new HostState(Optional.of("centre-1"));

  private static Incoming message(String topic, String payload) {
    return new Incoming(
        topic,
        Uplink.utf8(payload),
        true,
        Optional.empty(),
        Optional.empty(),
        new byte[0],
        Map.of(),
        1,
        1);
  }

  @Test
  void isAwayWhenItSaysSo() {
    assertThat(host.topic()).contains(TOPIC);
    assertThat(host.away()).isFalse();
    assertThat(host.heard(message(TOPIC, "{\"online\":false,\"time\":\"…\"}"))).isTrue();
    assertThat(host.away()).isTrue();
    host.heard(message(TOPIC, "{\"online\":true}"));
    assertThat(host.away()).isFalse();
  }

  @Test
  void isNotKnownUntilItsWordOfThisConnectionIsHere() {
    assertThat(host.known()).isFalse();
    host.heard(message(TOPIC, "{\"online\":"));
    assertThat(host.known()).isFalse();
    host.heard(message(TOPIC, "{\"online\":false}"));
    assertThat(host.known()).isTrue();
    host.forget();
    assertThat(host.known()).isFalse();
    host.heard(message(TOPIC, ""));
    assertThat(host.known()).isTrue();
    assertThat(new HostState(Optional.empty()).known()).isTrue();
  }

  @Test
  void isNotAwayWhenItsWordWasDeleted() {
    host.heard(message(TOPIC, "{\"online\":false}"));
    host.heard(message(TOPIC, ""));
    assertThat(host.away()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "false", "{\"online\":\"false\"}", "[]", "{\"on\":false}"})
  void passesOverWhatItDoesNotUnderstand(String payload) {
    host.heard(message(TOPIC, "{\"online\":false}"));
    assertThat(host.heard(message(TOPIC, payload))).isTrue();
    assertThat(host.away()).isTrue();
  }

  @Test
  void passesOverMoreThanAKibibyte() {
    host.heard(message(TOPIC, "{\"online\":false,\"x\":\"" + "x".repeat(1024) + "\"}"));
    assertThat(host.away()).isFalse();
  }

  @Test
  void leavesOtherMessagesAlone() {
    assertThat(host.heard(message("city/v1/_host/centre-2/state", "{\"online\":false}"))).isFalse();
    assertThat(new HostState(Optional.empty()).heard(message(TOPIC, "{\"online\":false}")))
        .isFalse();
    assertThat(host.away()).isFalse();
  }
}
