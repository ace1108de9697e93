/**
 * Live cameras. In: a {@link org.cityedge.video.CameraConfig} and its password. Out: the newest
 * sampled {@link org.cityedge.video.Frame}, or the reason why there is none.
 *
 * <p>One isolated {@code ffmpeg} child per connection, the program of bytedeco's FFmpeg 8.0.1. What
 * it is to open stands in an ffconcat script on its standard input (FFmpeg formats, section
 * concat), so that no credentials are in its arguments or environment. It writes bitmaps (BMP,
 * {@code BITMAPINFOHEADER}, 24 bits) to its standard output, each of which tells its own size, and
 * its messages to its standard error.
 *
 * <pre>
 *   script ─► stdin ┌────────┐ stdout ─► reader thread ─► LatestShot (newest wins) ─► caller's thread
 *                   │ ffmpeg │
 *                   └────────┘ stderr ─► messages thread ─► ChildMessages (reason)
 * </pre>
 */
@NullMarked
package org.cityedge.video.source;

import org.jspecify.annotations.NullMarked;
