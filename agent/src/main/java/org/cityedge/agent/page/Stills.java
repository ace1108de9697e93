package org.cityedge.agent.page;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.cityedge.video.Observation;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;

/**
 * A masked picture of each camera that somebody looks at right now; of all others none is made.
 * Fails closed: what cannot be masked is not shown, and nothing is spared from masking because
 * smoke is suspected there. Holds one picture of at most 64 KiB a camera, for {@value #KEPT_S} s.
 */
final class Stills {
  /** Since the last look, a picture is made for so long. */
  static final long WANTED_S = 15;

  /** Masking costs a camera's thread some hundred milliseconds on a small board. */
  static final long EVERY_S = 5;

  static final long KEPT_S = 30;

  /** What can be shown. */
  sealed interface Still {
    record Shown(byte[] jpeg, Instant takenAt) implements Still {}

    /** The reason is fit for a person. */
    record Withheld(String reason) implements Still {}
  }

  private static final class View {
    private long wanted;
    private long made;
    private Still still = WAITING;
  }

  private static final Still WAITING = new Still.Withheld("the next picture is waited for");

  private final LongSupplier nanos;

  /** By camera; each is guarded by itself. */
  private final Map<String, View> views = new ConcurrentHashMap<>();

  /**
   * @param cameras those that may be asked for
   */
  Stills(Iterable<String> cameras, LongSupplier nanos) {
    this.nanos = nanos;
    follow(cameras, Set.of());
  }

  /**
   * From now on only these may be asked for.
   *
   * @param stopped cameras that run otherwise from now on: what they showed is not shown any more
   */
  void follow(Iterable<String> cameras, Collection<String> stopped) {
    views.keySet().removeAll(stopped);
    Map<String, View> next = new HashMap<>();
    long never = nanos.getAsLong() - seconds(KEPT_S) - 1;
    for (String camera : cameras) {
      View view = new View();
      view.wanted = never;
      view.made = never;
      next.put(camera, view);
    }
    views.keySet().retainAll(next.keySet());
    next.forEach(views::putIfAbsent);
  }

  /** On the camera's thread. */
  void offer(Observation observation, Witness witness) {
    View view = views.get(observation.camera());
    long now = nanos.getAsLong();
    if (view == null) {
      return;
    }
    synchronized (view) {
      if (now - view.wanted > seconds(WANTED_S) || now - view.made < seconds(EVERY_S)) {
        return;
      }
    }
    Still still =
        switch (witness.strict().get()) {
          case Picture.Masked masked -> new Still.Shown(masked.jpeg(), masked.takenAt());
          case Picture.Withheld(String reason) -> new Still.Withheld(reason);
        };
    synchronized (view) {
      view.still = still;
      view.made = now;
    }
  }

  boolean knows(String camera) {
    return views.containsKey(camera);
  }

  /** What there is right now; asks for a newer one. */
  Still look(String camera) {
    View view = views.get(camera);
    if (view == null) {
      return new Still.Withheld("pictures of this camera are not switched on");
    }
    synchronized (view) {
      long now = nanos.getAsLong();
      view.wanted = now;
      if (now - view.made > seconds(KEPT_S)) {
        view.still = WAITING;
      }
      return view.still;
    }
  }

  private static long seconds(long seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }
}
