/**
 * Sensors. In: a {@link org.cityedge.drivers.SensorConfig} and the bus behind it. Out: {@link
 * org.cityedge.drivers.Sample}s, a good reading or a named miss, on the sensor's own thread. One
 * sensor's failure stays with that sensor.
 */
@NullMarked
package org.cityedge.drivers;

import org.jspecify.annotations.NullMarked;
