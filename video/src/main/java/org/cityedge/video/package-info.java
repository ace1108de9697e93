/**
 * Cameras. In: a {@link org.cityedge.video.CameraConfig} and the stream behind it. Out, on the
 * camera's own thread: {@link org.cityedge.video.Observation}s of smoke and crowding, {@link
 * org.cityedge.video.CameraHealth}, and on request a masked picture of the moment.
 *
 * <p>One way: {@code FrameSource → Frame → Detector → Observation}. A detector is pure in the sense
 * that the same frames and times give the same observations, so that a recorded clip replays a
 * field complaint exactly.
 */
@NullMarked
package org.cityedge.video;

import org.jspecify.annotations.NullMarked;
