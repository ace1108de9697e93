package org.cityedge.drivers.position;

import org.jspecify.annotations.Nullable;

/** Understands the lines of one connection, in order. Confined to the receiver's thread. */
interface Decoder {
  /**
   * What the line says of the position; null when nothing. After a {@link Report.Down} the
   * connection is given up.
   *
   * @param nanos when it arrived
   */
  @Nullable Report decode(String line, long nanos);

  /** Lines so far that could not be understood: damaged, or of another protocol. */
  long malformed();
}
