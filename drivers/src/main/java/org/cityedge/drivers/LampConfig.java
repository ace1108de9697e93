package org.cityedge.drivers;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.cityedge.config.Section;

/** A light of the gateway: {@code {led: NAME}}, or {@code {chip: …, line: …, activeLow: …}}. */
public sealed interface LampConfig {
  Path LEDS = Path.of("/sys/class/leds");
  Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9:._-]{0,63}");

  /** On a GPIO line, which nobody else uses. */
  record OnLine(ContactConfig.Line line, boolean activeLow) implements LampConfig {}

  /** One of /sys/class/leds. */
  record OfKernel(String name) implements LampConfig {}

  /** Reads one lamp; problems are recorded in the section. */
  static LampConfig read(Section section) {
    if (section.has("led")) {
      if (section.has("chip")) {
        section.problem("chip", "and led exclude each other; name one of them");
      }
      return new OfKernel(section.text("led", NAME, "a name in /sys/class/leds, such as ACT"));
    }
    return new OnLine(ContactConfig.line(section), section.flag("activeLow", false));
  }
}
