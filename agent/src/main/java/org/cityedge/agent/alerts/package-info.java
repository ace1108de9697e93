/**
 * From samples and observations to alerts. In, on the threads of sensors and cameras: {@link
 * org.cityedge.drivers.Sample}s, {@link org.cityedge.video.Observation}s, {@link
 * org.cityedge.video.CameraHealth}. Out: alert events, appended to the store together with the list
 * of open alerts in one transaction (wire.md §4). Windows and hold times run on the monotonic
 * clock.
 */
@NullMarked
package org.cityedge.agent.alerts;

import org.jspecify.annotations.NullMarked;
