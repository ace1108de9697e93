package org.cityedge.drivers.gpio;

/**
 * A line has become active or inactive, after debouncing.
 *
 * @param nanos on the clock of {@link System#nanoTime}
 */
record Edge(boolean active, long nanos) {}
