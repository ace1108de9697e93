package org.cityedge.agent.update;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The slots of the card as a person reads them.
 *
 * @param lines one sentence each
 */
public record SlotReport(List<String> lines) {
  public SlotReport {
    lines = List.copyOf(lines);
  }

  /**
   * @throws IOException when this machine has not started from such a card
   */
  public static SlotReport ofThisMachine() throws IOException {
    return of(Slots.ofThisMachine());
  }

  static SlotReport of(Slots slots) throws IOException {
    Slots.Name running = slots.running();
    List<String> lines = new ArrayList<>();
    lines.add("slot %s runs, slot %s is active".formatted(running, slots.active()));
    for (Slots.Name slot : Slots.Name.values()) {
      lines.add(
          slots
              .content(slot)
              .map(
                  content ->
                      "slot %s: update %d, version %s, sha256 %s"
                          .formatted(slot, content.sequence(), content.version(), content.sha256()))
              .orElse("slot %s: as flashed, or empty".formatted(slot)));
    }
    slots.trying().ifPresent(text -> lines.add("on trial, starts left: " + text));
    slots.failed().ifPresent(text -> lines.add("the last trial failed: " + text));
    return new SlotReport(lines);
  }
}
