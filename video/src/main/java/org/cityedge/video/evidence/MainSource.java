package org.cityedge.video.evidence;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A camera's stream for evidence, as far as clips can be cut from it: recorded, until a clip could
 * not be told to show the view of the analysed stream. Then nothing of it is recorded for a while,
 * for neither are its clips made in vain nor is memory kept for them; after that the next clip
 * tells anew. One clip may have had bad luck (a crowd, headlights); the pauses grow while none is
 * recognised: {@link #SHORTEST_PAUSE}, then twice as long each, up to {@link #LONGEST_PAUSE}.
 *
 * <p>Confined to the camera's thread, but for {@link #viewTold}.
 */
final class MainSource implements Closeable {
  /** In it a crowd has gone, or a lorry. */
  static final Duration SHORTEST_PAUSE = Duration.ofMinutes(10);

  /** In it light comes or goes, and fog may have lifted. */
  static final Duration LONGEST_PAUSE = Duration.ofHours(6);

  static final String OTHER_VIEW =
      "clips are cut from source: it cannot be told that mainSource shows the same view";

  /** Until a folder that could not be made is tried again. */
  private static final Duration AGAIN = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(MainSource.class);

  /** Opens the ring, in a folder that is emptied then. */
  interface Opener {
    MainRing open() throws IOException;
  }

  private final String camera;
  private final Opener opener;
  private @Nullable MainRing ring;
  private long openAt;

  /** The next one. */
  private Duration pause = SHORTEST_PAUSE;

  /** What the last clip told; until one is told to show the view again. */
  private boolean other;

  /** What a clip told since the last tick; the last one counts. */
  private final AtomicReference<Optional<Boolean>> told = new AtomicReference<>(Optional.empty());

  /**
   * @param now monotonic, as every other one
   */
  MainSource(String camera, Opener opener, long now) {
    this.camera = camera;
    this.opener = opener;
    this.openAt = now;
  }

  /** Whether a clip that was cut from it could be told to show the right view; any thread. */
  void viewTold(boolean same) {
    told.set(Optional.of(same));
  }

  /** Once a second or so, while the folder around its own is there. */
  void tick(long now) {
    told.getAndSet(Optional.empty()).ifPresent(same -> follow(same, now));
    if (ring == null && now - openAt >= 0) {
      open(now);
    }
    if (ring != null) {
      ring.tick();
    }
  }

  private void follow(boolean same, long now) {
    if (same) {
      recognised(now);
    } else if (ring != null || !other) {
      pause(now);
    }
    // Else it was cut before the pause began, of which it says no more than the one before.
  }

  private void recognised(long now) {
    pause = SHORTEST_PAUSE;
    if (other) {
      other = false;
      openAt = now;
      LOG.info("A camera's mainSource shows the same view as source again. camera={}", camera);
    }
  }

  private void pause(long now) {
    close();
    openAt = now + pause.toNanos();
    if (!other) {
      other = true;
      LOG.warn(
          "Clips of a camera are cut from source: it cannot be told that mainSource shows the"
              + " same view. camera={} triedAgainAfter={}",
          camera,
          pause);
    }
    Duration twice = pause.multipliedBy(2);
    pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
  }

  private void open(long now) {
    openAt = now + AGAIN.toNanos();
    try {
      ring = opener.open();
    } catch (IOException e) {
      LOG.warn(
          "A camera's mainSource is not recorded; it is tried again in {} s. camera={}"
              + " reason=\"{}\"",
          AGAIN.toSeconds(),
          camera,
          e.getMessage());
    }
  }

  /** Empty while it is not recorded. */
  Optional<Ring> ring() {
    return Optional.ofNullable(ring).map(MainRing::ring);
  }

  /** The ring while it is being written; otherwise nothing more of it is to be awaited. */
  Optional<Ring> written() {
    return Optional.ofNullable(ring).filter(MainRing::isWell).map(MainRing::ring);
  }

  /** The ring, if it holds all of that time. */
  Optional<Ring> covering(long from, long until) {
    return ring != null && ring.covers(from, until) ? Optional.of(ring.ring()) : Optional.empty();
  }

  /** Whether what it records begins too late to hold a clip from that time on, ever. */
  boolean beginsAfter(long from) {
    return ring != null && ring.beginsAfter(from);
  }

  /** What clips lack because of it. */
  Optional<String> lack() {
    return other ? Optional.of(OTHER_VIEW) : Optional.empty();
  }

  @Override
  public void close() {
    MainRing open = ring;
    ring = null;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      LOG.warn("The ring's folder stays until the next start. camera={}", camera, e);
    }
  }
}
