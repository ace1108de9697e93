package org.cityedge.video.source;

import java.time.Instant;

/**
 * A picture's buffer, used again and again. Confined to whoever took it from {@link LatestShot}:
 * first the reader, then the caller.
 */
final class Shot {
  int width;
  int height;
  byte[] bgr = new byte[0];
  long nanos;
  Instant at = Instant.EPOCH;

  void resize(int width, int height) {
    this.width = width;
    this.height = height;
    if (bgr.length != width * height * 3) {
      bgr = new byte[width * height * 3];
    }
  }
}
