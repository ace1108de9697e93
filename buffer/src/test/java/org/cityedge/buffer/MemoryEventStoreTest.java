package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The store that stands in for the file in tests of others owes the same. */
final class MemoryEventStoreTest extends EventStoreContract {
  private final Map<Path, MemoryEventStore.Contents> disk = new HashMap<>();

  @Override
  EventStore open(Path folder, long maxBytes, LossReceipt.Writer writer) {
    return new MemoryEventStore(
        disk.computeIfAbsent(folder, _ -> new MemoryEventStore.Contents()), maxBytes, writer);
  }

  @Test
  void remembersWhyEventsWereRejected() {
    append(Lane.ALERT);
    store.settle(List.of(new Settlement.Rejected(1, "0x99 payload format invalid")));
    assertThat(((MemoryEventStore) store).rejections())
        .containsExactly("0x99 payload format invalid");
  }

  @Test
  void refusesToOpenTwice() {
    assertThatThrownBy(() -> open(folder, CAP, Events::receipt))
        .hasMessageContaining("open already");
  }
}
