package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.StoredEvent;
import org.junit.jupiter.api.Test;

class RetainedTest {
  private static final URI DISTRICT = URI.create("mqtt://district");
  private static final URI CITY = URI.create("mqtt://city");

  private final Uplink uplink = new Uplink();
  private final AtomicInteger told = new AtomicInteger();
  private long nanos = -5;
  private boolean stores = true;
  private final AtomicInteger described = new AtomicInteger();
  private boolean storesCatalog = true;
  private final Retained retained =
      new Retained(
          Map.of(
              uplink.topics.alertActive(),
              () -> {
                told.incrementAndGet();
                return stores;
              },
              uplink.topics.catalog(),
              () -> {
                described.incrementAndGet();
                return storesCatalog;
              }),
          () -> nanos);

  private void assertTold(int times) {
    retained.tellDue();
    assertThat(told).hasValue(times);
  }

  private void delivered(Event event, long sequence) {
    retained.delivered(new StoredEvent(sequence, 1, event));
  }

  @Test
  void tellsOnceWhateverTheBrokerRemembersAndAgainWhereSessionsWereForgotten() {
    retained.connected(DISTRICT, true);
    assertTold(1);
    retained.connected(DISTRICT, true);
    assertTold(1);
    retained.connected(DISTRICT, false);
    assertTold(2);
  }

  @Test
  void tellsABrokerAgainAfterEachVisitToAnother() {
    retained.connected(DISTRICT, true);
    assertTold(1);
    retained.connected(CITY, true);
    assertTold(2);
    retained.connected(DISTRICT, true);
    assertTold(3);
  }

  @Test
  void owesItOverAConnectionThatEndedBeforehand() {
    retained.connected(DISTRICT, true);
    retained.connected(DISTRICT, true);
    assertTold(1);
  }

  @Test
  void asksAStoreThatRefusesAgainAfterAWhileOrOnTheNextConnection() {
    stores = false;
    retained.connected(DISTRICT, true);
    assertTold(1);
    assertTold(1);
    nanos += Retained.RETRY.toNanos() - 1;
    assertThat(retained.untilDue(Long.MAX_VALUE)).isEqualTo(1);
    assertTold(1);
    nanos++;
    assertTold(2);
    stores = true;
    retained.connected(DISTRICT, true);
    assertTold(3);
    nanos += Retained.RETRY.toNanos();
    assertTold(3);
    assertThat(retained.untilDue(7)).isEqualTo(7);
  }

  @Test
  void tellsAgainWhenAnOlderDocumentCameLast() {
    retained.connected(DISTRICT, true);
    assertTold(1);
    delivered(uplink.activeList(), 3);
    delivered(uplink.activeList(), 9);
    assertTold(1);
    retained.connected(DISTRICT, true);
    delivered(uplink.activeList(), 5);
    assertTold(2);
    delivered(uplink.activeList(), 12);
    assertTold(2);
  }

  @Test
  void whatIsNotRetainedMayComeInAnyOrder() {
    retained.connected(DISTRICT, true);
    assertTold(1);
    delivered(uplink.alert(2), 9);
    delivered(uplink.alert(1), 8);
    delivered(uplink.telemetry(1), 2);
    delivered(uplink.telemetry(1), 1);
    assertTold(1);
  }

  @Test
  void tellsWhatItIsAskedFor() {
    retained.connected(DISTRICT, true);
    assertTold(1);
    retained.ask(uplink.topics.alertActive());
    assertTold(2);
    assertThat(described).hasValue(1);
  }

  /** The reserve of the alerts must not fill up with lists while reports find no room. */
  @Test
  void asksAgainOnlyForWhatTheStoreRefused() {
    storesCatalog = false;
    retained.connected(DISTRICT, true);
    assertTold(1);
    nanos += Retained.RETRY.toNanos();
    assertTold(1);
    assertThat(described).hasValue(2);
    storesCatalog = true;
    nanos += Retained.RETRY.toNanos();
    assertTold(1);
    assertThat(described).hasValue(3);
    assertThat(retained.untilDue(7)).isEqualTo(7);
  }

  @Test
  void saysWhetherTheBrokerGoesOnWithItsSession() {
    assertThat(retained.connected(DISTRICT, true)).as("another process's").isFalse();
    assertThat(retained.connected(DISTRICT, true)).isTrue();
    assertThat(retained.connected(DISTRICT, false)).isFalse();
    assertThat(retained.connected(CITY, true)).isFalse();
    assertThat(retained.connected(DISTRICT, true)).isFalse();
  }
}
