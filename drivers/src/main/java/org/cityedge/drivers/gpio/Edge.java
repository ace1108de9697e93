package org.cityedge.drivers.gpio;

/**
 * A line has become active or inactive, after debouncing.
 *
 * @param nanos on the clock of {@link System#nanoTime}
 * @param number of the edge on its line, unsigned: the kernel counts from 1 and past 2^32 - 1
 *     begins at 0; it stays 0 where nobody counts
 */
record Edge(boolean active, long nanos, int number) {
  /** An edge that nobody has counted. */
  Edge(boolean active, long nanos) {
    this(active, nanos, 0);
  }
}
