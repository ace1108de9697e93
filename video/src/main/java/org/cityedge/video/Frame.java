package org.cityedge.video;

import java.time.Instant;

/**
 * One sampled picture.
 *
 * @param width 16..4096 pixels
 * @param height 16..4096 pixels
 * @param bgr {@code width * height * 3} bytes, rows from the top, blue first (OpenCV's order).
 *     Borrowed: it is valid until the call that hands the frame over returns, then the source
 *     writes the next picture into it
 * @param nanos monotonic time of arrival, or for a file the media time; only differences mean
 *     anything
 * @param at wall time of arrival, or for a file the media time counted from the epoch
 */
public record Frame(int width, int height, byte[] bgr, long nanos, Instant at) {
  public Frame {
    if (bgr.length != width * height * 3) {
      throw new IllegalArgumentException(
          "a "
              + width
              + "x"
              + height
              + " frame has "
              + width * height * 3
              + " bytes, was "
              + bgr.length);
    }
  }
}
