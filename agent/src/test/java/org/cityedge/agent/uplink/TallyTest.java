package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TallyTest {
  private static final URI BROKER = URI.create("mqtt://h");

  private long seconds = 5;
  private final Tally tally = new Tally(() -> Duration.ofSeconds(seconds).toNanos());

  private Publisher.Status status() {
    return tally.status(Optional.empty());
  }

  private Duration since() {
    return status().since();
  }

  /** The wall clock is set by years once a time server is found; it has no say in this. */
  @Test
  void howLongALineStandsOrIsMissingIsCountedOnTheMonotonicClock() {
    seconds += 70;
    assertThat(since()).isEqualTo(Duration.ofSeconds(70));
    tally.connected(BROKER);
    seconds += 20;
    assertThat(since()).isEqualTo(Duration.ofSeconds(20));
    tally.disconnected(BROKER);
    seconds += 30;
    tally.disconnected(BROKER);
    assertThat(since())
        .as("from the loss, not from the last attempt")
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void deafnessIsToldOfAConnectionThatStandsAndUntilItIsOver() {
    tally.connected(BROKER);
    tally.deaf(Optional.of("subscription refused"));
    assertThat(status().deaf()).hasValue("subscription refused");
    assertThat(status().lastFault()).hasValue("subscription refused");
    tally.disconnected(BROKER);
    assertThat(status().deaf()).isEmpty();
    tally.connected(URI.create("mqtt://other"));
    assertThat(status().deaf()).as("nobody has answered there yet").isEmpty();
    assertThat(status().lastFault()).isEmpty();
  }
}
