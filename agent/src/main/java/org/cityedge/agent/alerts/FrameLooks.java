package org.cityedge.agent.alerts;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.alerts.Watch.Look;
import org.jspecify.annotations.Nullable;

/**
 * Makes one look of what a camera's zones show of a frame, for a rule that names none of them: seen
 * when any zone shows it. That counts at once, while the frame is in hand for its picture; that
 * none shows it is known with the frame's last zone. Guarded by the lock of its {@link Incident}.
 */
final class FrameLooks {
  /** A look and its moment. */
  record Timed(long nanos, Instant at, Look look) {}

  /** Zones of a frame, as the last whole one had them; nobody knows at first. */
  private int zones = Integer.MAX_VALUE;

  // Of the frame before.
  private @Nullable Look strongestBefore;

  // Of this frame.
  private long frame;
  private int shown;
  private @Nullable Look strongest;
  private @Nullable Timed unseen;

  /**
   * Takes what one zone shows.
   *
   * @param nanos of the frame
   * @return what counts now, in its order; at most one for each frame
   */
  List<Timed> take(long nanos, Instant at, Look look) {
    List<Timed> due = new ArrayList<>();
    if (shown > 0 && nanos != frame) {
      flush(due);
      zones = shown;
      strongestBefore = strongest;
      strongest = null;
      shown = 0;
    }
    frame = nanos;
    shown++;
    if (look.seen() && look.valid()) {
      unseen = null;
      if (strongest == null) {
        // The first zone that shows it may not be the one that shows most.
        due.add(new Timed(nanos, at, look.atLeast(strongestBefore)));
      }
      strongest = look.atLeast(strongest);
    } else if (strongest == null && (unseen == null || look.valid())) {
      unseen = new Timed(nanos, at, look);
    }
    if (shown >= zones) {
      flush(due);
    }
    return due;
  }

  private void flush(List<Timed> due) {
    if (unseen != null) {
      due.add(unseen);
      unseen = null;
    }
  }
}
