/**
 * Where a vehicle is. In: a {@link org.cityedge.drivers.position.PositionConfig} and a gpsd or a
 * receiver's NMEA behind it. Out: {@link org.cityedge.drivers.position.Report}s on the receiver's
 * own thread, WGS-84 (wire.md §1); then {@link org.cityedge.drivers.position.Plausible} refuses
 * jumps and {@link org.cityedge.drivers.position.Track} picks the points worth sending.
 */
@NullMarked
package org.cityedge.drivers.position;

import org.jspecify.annotations.NullMarked;
