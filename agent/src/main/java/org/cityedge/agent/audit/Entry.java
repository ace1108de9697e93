package org.cityedge.agent.audit;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Something that is to be remembered. Texts hold no control characters, those become blanks, and
 * are cut to their bound.
 *
 * @param what what happened, one word such as {@code rolled_back}
 * @param actor who: a key's id, a requester, a person's name; as far as it is known, at most 128
 *     characters
 * @param subject what it is about, at most 128 characters
 * @param code as reported; empty when all is well
 * @param detail for a person, at most 400 characters
 * @param high somebody should look at it
 */
public record Entry(
    Kind kind,
    String what,
    String actor,
    String subject,
    String code,
    String detail,
    boolean high) {
  static final int MOST_NAME = 128;
  static final int MOST_DETAIL = 400;
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /** What it is about. */
  public enum Kind {
    /** The process: start, stop. */
    PROCESS,
    /** An order for a configuration. */
    CONFIG,
    COMMAND,
    ALERT_HANDLING,
    /** The wall clock: steps, and whether somebody vouches for it. */
    CLOCK,
    /** The keys whose orders are followed. */
    KEYS,
    /** The audit itself is damaged. */
    TAMPER;

    /** {@code alert-handling}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public Entry {
    what = clean(what, MOST_NAME);
    actor = clean(actor, MOST_NAME);
    subject = clean(subject, MOST_NAME);
    code = clean(code, MOST_NAME);
    detail = clean(detail, MOST_DETAIL);
  }

  private static String clean(String text, int most) {
    String printable = CONTROL.matcher(text).replaceAll(" ");
    return printable.length() <= most ? printable : printable.substring(0, most - 1) + "…";
  }
}
