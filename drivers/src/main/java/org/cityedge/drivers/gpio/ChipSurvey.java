package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What chips and lines this machine has and who holds them; takes no line. */
public final class ChipSurvey {
  private static final Map<Long, String> FLAGS =
      Map.of(
          GpioUapi.GPIO_V2_LINE_FLAG_ACTIVE_LOW, "active-low",
          GpioUapi.GPIO_V2_LINE_FLAG_EDGE_RISING, "rising",
          GpioUapi.GPIO_V2_LINE_FLAG_EDGE_FALLING, "falling",
          GpioUapi.GPIO_V2_LINE_FLAG_OPEN_DRAIN, "open-drain",
          GpioUapi.GPIO_V2_LINE_FLAG_OPEN_SOURCE, "open-source",
          GpioUapi.GPIO_V2_LINE_FLAG_BIAS_PULL_UP, "pull-up",
          GpioUapi.GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN, "pull-down",
          GpioUapi.GPIO_V2_LINE_FLAG_BIAS_DISABLED, "no-bias");

  private ChipSurvey() {}

  /**
   * A chip.
   *
   * @param label the driver's name for it
   * @param problem why its lines are not listed, with the cure; empty when they are
   */
  public record Chip(Path device, String label, List<Listed> lines, String problem) {}

  /**
   * A line.
   *
   * @param name from the device tree, empty when it has none
   * @param owner who holds it; empty when nobody does or the owner gave no name
   * @param output whether it is driven by this machine
   * @param flags such as {@code pull-up}, {@code active-low}, {@code debounce 50000us}
   */
  public record Listed(
      int offset, String name, boolean used, String owner, boolean output, List<String> flags) {}

  /**
   * All chips below /dev, in the order of their numbers.
   *
   * @throws IOException when /dev cannot be read
   */
  public static List<Chip> chips() throws IOException {
    List<Chip> chips = new ArrayList<>();
    for (Path device : GpioChip.devices()) {
      try (GpioChip chip = GpioChip.open(device)) {
        chips.add(describe(device, chip));
      } catch (IOException e) {
        chips.add(new Chip(device, "", List.of(), String.valueOf(e.getMessage())));
      }
    }
    return chips;
  }

  private static Chip describe(Path device, GpioChip chip) throws IOException {
    GpioUapi.ChipInfo info = chip.info();
    List<Listed> lines = new ArrayList<>();
    for (int offset = 0; offset < info.lines(); offset++) {
      lines.add(listed(offset, chip.lineInfo(offset)));
    }
    return new Chip(device, info.label(), List.copyOf(lines), "");
  }

  static Listed listed(int offset, GpioUapi.LineInfo info) {
    List<String> flags = new ArrayList<>();
    FLAGS.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .filter(flag -> info.has(flag.getKey()))
        .forEach(flag -> flags.add(flag.getValue()));
    if (info.debounceMicros() != 0) {
      flags.add("debounce " + Integer.toUnsignedString(info.debounceMicros()) + "us");
    }
    return new Listed(
        offset,
        info.name(),
        info.used(),
        info.consumer(),
        info.has(GpioUapi.GPIO_V2_LINE_FLAG_OUTPUT),
        List.copyOf(flags));
  }
}
