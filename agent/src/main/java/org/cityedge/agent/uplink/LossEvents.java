package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.LossReceipt;
import org.cityedge.config.Section;

/** The store's receipts as events on {@code G/loss}, and read again where they are merged. */
public record LossEvents(CloudEvents events) implements LossReceipt.Writer {
  @Override
  public Event event(LossReceipt receipt) {
    return events.loss(receipt);
  }

  @Override
  public Optional<LossReceipt> receipt(byte[] payload) {
    try {
      JsonNode data = CloudEvents.JSON.readTree(payload);
      List<LossReceipt.Range> ranges = new ArrayList<>();
      for (JsonNode range : data.path("ranges")) {
        ranges.add(new LossReceipt.Range(range.path(0).asLong(), range.path(1).asLong()));
      }
      return Optional.of(
          new LossReceipt(
              named(Lane.class, data.path("lane").asText()),
              named(LossReceipt.Reason.class, data.path("reason").asText()),
              ranges));
    } catch (IOException | IllegalArgumentException e) {
      // Of an agent that wrote them otherwise: it stays as it is.
      return Optional.empty();
    }
  }

  private static <E extends Enum<E>> E named(Class<E> type, String word) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> Section.wordFor(constant).equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no " + type.getSimpleName()));
  }
}
