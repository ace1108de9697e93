package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {
  private final Topics topics = new Topics("510108", "gw-0042");

  /** The rows of the wire contract's table; expiry in seconds, 0 when a message never expires. */
  @ParameterizedTest
  @CsvSource({
    "state, 1, true, 0, 2",
    "catalog, 1, true, 0, 64",
    "telemetry/sensors, 1, false, 86400, 32",
    "position, 1, false, 3600, 16",
    "alert/smoke, 1, false, 604800, 16",
    "alert-active, 1, true, 0, 32",
    "evidence/01JWN8Z3W2/thumb, 1, false, 86400, 64",
    "evidence/01JWN8Z3W2/65536, 1, false, 86400, 64",
    "loss, 1, false, 0, 8",
    "health, 0, false, 180, 4",
    "audit, 1, false, 0, 32",
    "config/reported, 1, true, 0, 8",
    "cmd-res/ops-li, 1, false, 300, 64",
  })
  void deliversAsTheTableSays(String below, int qos, boolean retain, long expiry, int maxKib) {
    Optional<Duration> wanted =
        expiry == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(expiry));
    assertThat(topics.delivery("city/v1/510108/gw-0042/" + below))
        .isEqualTo(new Topics.Delivery(qos, retain, wanted, maxKib * 1024));
  }

  @Test
  void buildsItsOwnTopicsOnly() {
    assertThat(topics.telemetry("sensors")).isEqualTo("city/v1/510108/gw-0042/telemetry/sensors");
    assertThat(topics.alert("crowd")).isEqualTo("city/v1/510108/gw-0042/alert/crowd");
    assertThat(topics.thumb("01JWN8Z3W2"))
        .isEqualTo("city/v1/510108/gw-0042/evidence/01JWN8Z3W2/thumb");
    assertThat(topics.evidence("a", 131072)).endsWith("/evidence/a/131072");
    assertThat(topics.commands()).isEqualTo("city/v1/510108/gw-0042/cmd/+");
    assertThat(Topics.hostState("h1")).isEqualTo("city/v1/_host/h1/state");
    assertThat(topics.source()).isEqualTo("urn:cityedge:510108:gw-0042");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "city/v1/510108/gw-0043/state",
        "city/v1/510108/gw-0042/cmd/ping",
        "city/v1/510108/gw-0042/alert/smoke/more",
        "city/v1/510108/gw-0042/alert/",
        "state",
      })
  void refusesTopicsThatAreNotItsOwn(String topic) {
    assertThatThrownBy(() -> topics.delivery(topic))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(topic);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+", "a/b", "Smoke", "#", "a123456789012345678901234567890123"})
  void refusesWhatIsNoIdentifier(String id) {
    assertThatThrownBy(() -> topics.alert(id)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Topics("510108", id)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Topics(id, "gw")).isInstanceOf(IllegalArgumentException.class);
  }
}
