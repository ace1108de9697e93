package org.cityedge.video.evidence;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.cityedge.video.Backoff;
import org.cityedge.video.ClockStep;
import org.cityedge.video.source.MainStream;
import org.cityedge.video.source.Recording;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last seconds of a camera's stream for evidence, and the connection that brings them: opened
 * again and again, and killed when nothing has come for {@link #STALL}. It decodes nothing, and
 * whatever befalls it, the analysed stream goes on.
 *
 * <p>Confined to the camera's thread.
 */
final class MainRing implements Closeable {
  /** A camera sends several packets a second; a file is flushed every half a second or so. */
  static final Duration STALL = Duration.ofSeconds(10);

  /** So much may lack anywhere in a clip. */
  private static final long SLACK = Duration.ofSeconds(EvidenceConfig.SEGMENT_SECONDS).toNanos();

  /** A connection that brought something for so long was a good one. */
  private static final Duration HELD = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(MainRing.class);

  /** Opens the camera's stream for evidence. */
  interface Opener {
    /**
     * @throws IOException when it cannot even be tried; the text says why, without credentials
     */
    MainStream open(Recording recording) throws IOException;
  }

  private final String camera;
  private final Ring ring;
  private final Opener opener;
  private final LongSupplier nanos;
  private final ClockStep clockStep;
  private final Backoff backoff = new Backoff(ThreadLocalRandom.current());
  private @Nullable MainStream stream;
  private @Nullable String trouble;
  private long nextAt;
  private long openedAt;
  private long grownAt;

  /** Whether something came since it was opened, and the folder took it. */
  private boolean comes;

  private long arrived;

  /**
   * @param nanos monotonic time
   * @param clock wall time, by which the recording goes
   */
  MainRing(String camera, Ring ring, Opener opener, LongSupplier nanos, InstantSource clock) {
    this.clockStep = new ClockStep(clock, nanos);
    this.camera = camera;
    this.ring = ring;
    this.opener = opener;
    this.nanos = nanos;
    this.nextAt = nanos.getAsLong();
  }

  /** Whether it records right now. */
  boolean isWell() {
    return stream != null && comes && ring.bytes() > 0;
  }

  /** Whether it holds all of that time; a second or two may lack anywhere. */
  boolean covers(long from, long until) {
    List<Ring.Segment> held = ring.between(from, until);
    if (held.isEmpty() || !ring.reaches(until)) {
      return false;
    }
    long reached = from;
    for (Ring.Segment segment : held) {
      // A connection that was lost leaves a hole, in which the clip's picture would stand still.
      if (segment.from() - reached > SLACK) {
        return false;
      }
      reached = segment.until();
    }
    return until - reached <= SLACK;
  }

  /** Whether what comes of it after that time begins too late to hold a clip from then on. */
  boolean beginsAfter(long from) {
    OptionalLong begin = ring.beginningSince(from);
    return begin.isPresent() && begin.getAsLong() - from > SLACK;
  }

  Ring ring() {
    return ring;
  }

  /** Once a second or so. What its folder refuses is trouble of this stream alone. */
  void tick() {
    Optional<String> refusal = Optional.empty();
    try {
      // Also while nothing comes: nobody's seconds are kept for longer than is said.
      ring.tick();
    } catch (IOException e) {
      refusal = Optional.of(refused(e));
    }
    try {
      follow(nanos.getAsLong(), refusal);
    } catch (IOException e) {
      refused(e);
    }
  }

  private String refused(IOException e) {
    comes = false;
    String reason = String.valueOf(e.getMessage());
    troubled(reason);
    return reason;
  }

  /**
   * @param refusal of the folder, which bounds nothing then: a stream that goes on for {@link
   *     #STALL} is ended as if nothing had come
   */
  private void follow(long now, Optional<String> refusal) throws IOException {
    MainStream open = stream;
    if (open == null) {
      if (now - nextAt >= 0) {
        open(now);
      }
      return;
    }
    if (clockStep.asksAnew()) {
      open.close();
      stream = null;
      open(now);
      return;
    }
    if (refusal.isEmpty() && ring.arrived() != arrived) {
      arrived = ring.arrived();
      grownAt = now;
      comes = true;
      if (now - openedAt > HELD.toNanos()) {
        well();
      }
    }
    if (!open.isAlive()) {
      failed(open, open.trouble(grownAt).orElse("the camera ended the stream"));
    } else if (now - grownAt > STALL.toNanos()) {
      failed(
          open,
          refusal
              .or(() -> open.trouble(grownAt))
              .orElse("nothing came for " + STALL.toSeconds() + " s"));
    }
  }

  private void open(long now) throws IOException {
    ring.finish();
    // What the connection before left or flushed at its end is none of this one's.
    arrived = ring.arrived();
    openedAt = now;
    grownAt = now;
    comes = false;
    clockStep.begin();
    try {
      stream = opener.open(ring.recording());
    } catch (IOException e) {
      troubled(String.valueOf(e.getMessage()));
      nextAt = now + backoff.next().toNanos();
    }
  }

  private void failed(MainStream open, String reason) throws IOException {
    open.close();
    stream = null;
    troubled(reason);
    nextAt = nanos.getAsLong() + backoff.next().toNanos();
    ring.finish();
  }

  private void troubled(String reason) {
    if (trouble == null) {
      LOG.warn(
          "A camera's mainSource does not come; clips are cut from source until it does."
              + " camera={} reason=\"{}\"",
          camera,
          reason);
    }
    trouble = reason;
  }

  private void well() {
    backoff.reset();
    if (trouble != null) {
      LOG.info("A camera's mainSource is back. camera={}", camera);
      trouble = null;
    }
  }

  /** Why it does not come, or did not until less than {@link #HELD} ago; empty while it does. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  @Override
  public void close() throws IOException {
    MainStream open = stream;
    stream = null;
    if (open != null) {
      open.close();
    }
    ring.close();
  }
}
