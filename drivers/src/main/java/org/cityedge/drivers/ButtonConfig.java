package org.cityedge.drivers;

import org.cityedge.config.Section;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.ContactConfig.Line;

/**
 * The push button of the gateway's box; its keys mean what they mean for a contact.
 *
 * @param activeLow true for a button to ground
 * @param bias pull resistor inside the chip
 */
public record ButtonConfig(Line line, boolean activeLow, Bias bias) {
  /** Reads the section; problems are recorded in it. */
  public static ButtonConfig read(Section section) {
    return new ButtonConfig(
        ContactConfig.line(section),
        section.flag("activeLow", false),
        section.word("bias", Bias.class, Bias.AS_IS));
  }
}
