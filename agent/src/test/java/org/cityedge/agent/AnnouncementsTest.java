package org.cityedge.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.cityedge.agent.status.Catalog;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.MemoryEventStore;
import org.junit.jupiter.api.Test;

class AnnouncementsTest {
  private static final Catalog OLD = new Catalog("{\"v\":1}".getBytes(UTF_8), "1");
  private static final Catalog NEW = new Catalog("{\"v\":2}".getBytes(UTF_8), "2");

  private final InstantSource clock = InstantSource.system();
  private final CloudEvents events =
      new CloudEvents(
          new Topics("510108", "gw-0042"),
          ZoneId.of("Asia/Shanghai"),
          clock,
          new Ulid(clock, new Random(42)));
  private BooleanSupplier takes = () -> true;
  private final MemoryEventStore store =
      new MemoryEventStore(events::loss) {
        // Not synchronized: the test looks on from another thread.
        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized")
        public Append append(List<Event> added, Map<String, byte[]> notes) {
          return takes.getAsBoolean()
              ? super.append(added, notes)
              : new Append.Refused("disk full");
        }
      };
  private final Announcements announcements = new Announcements(store, events, clock, OLD);

  private List<String> stored() {
    return store.read(Lane.REPORT, 0, 100, Long.MAX_VALUE).stream()
        .map(event -> new String(event.event().payload(), UTF_8))
        .toList();
  }

  @Test
  void storesACatalogueOnlyWhenItSaysAnythingElse() {
    assertThat(announcements.describe(OLD)).isTrue();
    assertThat(stored()).isEmpty();
    takes = () -> false;
    assertThat(announcements.describe(NEW)).isFalse();
    takes = () -> true;
    assertThat(announcements.describeAgain()).isTrue();
    assertThat(stored()).containsExactly("{\"v\":2}");
  }

  /** A broker retains what is stored last. */
  @Test
  void neverStoresTheOldCatalogueAfterTheNewOne() throws InterruptedException {
    Thread following =
        Thread.ofPlatform().unstarted(() -> assertThat(announcements.describe(NEW)).isTrue());
    takes =
        () -> {
          // The old one is chosen and not stored yet.
          takes = () -> true;
          following.start();
          Eventually.await(
              "the other waits or is done",
              Duration.ofSeconds(30),
              () ->
                  following.getState() == Thread.State.BLOCKED
                      || following.getState() == Thread.State.TERMINATED);
          return true;
        };
    assertThat(announcements.describeAgain()).isTrue();
    following.join();
    assertThat(stored().getLast()).isEqualTo("{\"v\":2}");
  }
}
