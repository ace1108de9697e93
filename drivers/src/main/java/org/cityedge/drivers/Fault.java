package org.cityedge.drivers;

/**
 * Why there is no reading.
 *
 * @param detail one sentence that names the place, the value and what is allowed; fit for a log,
 *     free of secrets
 */
public record Fault(Kind kind, String detail) {
  public enum Kind {
    /** Nobody answers. */
    UNREACHABLE,
    /** The peer answered with an error. */
    REFUSED,
    /** The answer cannot be read. */
    MALFORMED,
    /** Nothing came for longer than the expected interval. */
    LOST,
    /** The line, chip or bus is missing, taken or not permitted. */
    HARDWARE
  }
}
