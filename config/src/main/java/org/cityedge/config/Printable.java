package org.cityedge.config;

import java.util.regex.Pattern;

/** Texts that others wrote, made fit for a log, a terminal and the centre. Pure. */
public final class Printable {
  /** Characters of a sentence. */
  static final int SENTENCE = 480;

  /** What ends a line, moves a terminal's cursor or turns the direction of writing round. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  private Printable() {}

  /** On one line, and cut to so many characters. */
  public static String line(String text, int most) {
    String cut = text.length() <= most ? text : text.substring(0, most - 1) + "…";
    return UNPRINTABLE.matcher(cut).replaceAll("?");
  }
}
