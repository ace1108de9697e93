package org.cityedge.video.evidence;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the rings of a camera's streams hold a clip: logged once when they do not, and told as
 * long as it lasts. Confined to the camera's thread.
 */
final class ShortfallWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ShortfallWatch.class);

  private final String camera;
  private final Duration clip;

  /** In the words of when it was first seen, so that it is told once. */
  private Optional<String> lack = Optional.empty();

  private boolean warned;

  /**
   * @param clip length of one
   */
  ShortfallWatch(String camera, Duration clip) {
    this.camera = camera;
    this.clip = clip;
  }

  /**
   * Once a second or so.
   *
   * @param small of the analysed stream
   * @param large of the one for evidence; empty while it is not recorded
   */
  void measure(Ring small, Optional<Ring> large) {
    Optional<String> now =
        small
            .shortfall(clip)
            .map(s -> "clips begin late: " + s.words())
            .or(
                () ->
                    large
                        .flatMap(ring -> ring.shortfall(clip))
                        .map(s -> "clips are cut from source, not mainSource: " + s.words()));
    if (now.isPresent() && lack.isPresent()) {
      return;
    }
    lack = now;
    if (now.isPresent() && !warned) {
      warned = true;
      LOG.warn("Clips of a camera are less than they could be. camera={} {}", camera, now.get());
    }
  }

  /** What clips lack; empty while they are whole. */
  Optional<String> lack() {
    return lack;
  }
}
