package org.cityedge.buffer;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

final class MemoryCapTest extends CapContract {
  private final Map<Path, MemoryEventStore.Contents> disk = new HashMap<>();

  @Override
  EventStore open(Path folder, long maxBytes, LossReceipt.Writer writer) {
    return new MemoryEventStore(
        disk.computeIfAbsent(folder, _ -> new MemoryEventStore.Contents()), maxBytes, writer);
  }
}
