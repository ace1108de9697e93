package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.cityedge.buffer.StoredEvent;
import org.junit.jupiter.api.Test;

class FlightTest {
  private final Ticks ticks = new Ticks();
  private final Uplink uplink = new Uplink();

  private void send(Flight flight, long sequence, int bytes) {
    StoredEvent event = new StoredEvent(sequence, 1, uplink.telemetry(1));
    flight.sent(new Lanes.Due(event, Lanes.Stream.LIVE), bytes);
  }

  @Test
  void boundsTheMessagesOfTheWindow() {
    Flight flight = new Flight(2, ticks);
    send(flight, 1, 100);
    assertThat(flight.hasRoom(false)).isTrue();
    assertThat(flight.hasRoom(true)).isFalse();
    flight.stated(-1);
    assertThat(flight.hasRoom(false)).isFalse();
    assertThat(flight.statementAnswered(-1)).isTrue();
    assertThat(flight.hasRoom(false)).isTrue();
  }

  @Test
  void keepsNoMoreInFlightThanASlowLineCarriesInTwoSeconds() {
    Flight flight = new Flight(64, ticks);
    send(flight, 1, 9000);
    assertThat(flight.hasLineRoom()).isTrue();
    send(flight, 2, 9000);
    assertThat(flight.hasLineRoom()).isFalse();
    ticks.pass(Duration.ofMillis(1100));
    assertThat(flight.answered(1)).isNotNull();
    assertThat(flight.hasLineRoom()).isTrue();
  }

  @Test
  void opensUpAsTheLineCarriesMore() {
    Flight flight = new Flight(64, ticks);
    for (long sequence = 1; sequence <= 10; sequence++) {
      send(flight, sequence, 9000);
      flight.answered(sequence);
    }
    // 90 kB within this second, so as much may be in flight.
    for (long sequence = 11; sequence <= 20; sequence++) {
      assertThat(flight.hasLineRoom()).isTrue();
      send(flight, sequence, 9000);
    }
    assertThat(flight.hasLineRoom()).isFalse();
  }

  @Test
  void forgetsAnAnswerOfNobody() {
    assertThat(new Flight(64, ticks).answered(7)).isNull();
  }
}
