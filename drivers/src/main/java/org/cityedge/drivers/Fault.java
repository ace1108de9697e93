package org.cityedge.drivers;

import java.util.Optional;

/**
 * Why there is no reading.
 *
 * @param detail one sentence that names the place, the value and what is allowed; fit for a log,
 *     free of secrets
 * @param quantity of the one channel that is {@code MALFORMED}; empty when it is all of the message
 */
public record Fault(Kind kind, String detail, Optional<String> quantity) {
  /** Of the whole sensor, or of all that it said. */
  public Fault(Kind kind, String detail) {
    this(kind, detail, Optional.empty());
  }

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
