package org.cityedge.drivers.coap;

/** A payload that cannot be read; the text names the place, the value and what is allowed. */
final class MalformedPayload extends Exception {
  private static final int SHOWN = 40;

  MalformedPayload(String message) {
    super(message, null, false, false);
  }

  /** Text from outside, fit for a log: printable ASCII, at most 40 characters, in quotes. */
  static String quote(String text) {
    String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    return '"' + shown.replaceAll("[^ -~]", "?").replace('"', '\'') + '"';
  }
}
