/**
 * Sensors. In: a {@link org.cityedge.drivers.SensorConfig} and the bus behind it. Out: {@link
 * org.cityedge.drivers.Sample}s, a good reading or a named miss, one at a time for each sensor, on
 * its own thread or in its turn on a shared one. One sensor's failure stays with that sensor, and
 * so does a slow sink.
 */
@NullMarked
package org.cityedge.drivers;

import org.jspecify.annotations.NullMarked;
