package org.cityedge.video.evidence;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.cityedge.video.Clip;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Zone;

/**
 * A clip to be made. Whoever takes it over closes it.
 *
 * @param folder holds the segments and nothing else; removed in the end
 * @param segments in order of their time, at least one
 * @param main whether they are of the stream for evidence, not of the analysed one
 * @param instead the same seconds of the analysed stream, in a folder within this one's: what is
 *     made where nobody can tell that the stream for evidence shows the same view. It has nothing
 *     of its own to close
 * @param viewTold takes whether the stream for evidence was told to show the view of the analysed
 *     one, once its clip was seen through; on the maker's thread
 * @param from first moment that is wanted, monotonic
 * @param until last one
 * @param takenAt wall time of {@code from}
 * @param ground what stood still when the clip was ordered
 * @param width most that the clip's pictures may have; larger ones are made smaller
 * @param privacy zones to blacken
 * @param spared what is not pixelated, by the moment in which it was observed, in order
 * @param original whether the seconds are wanted unmasked as well, for the gateway itself
 */
record ClipOrder(
    String camera,
    Path folder,
    List<Ring.Segment> segments,
    boolean main,
    Optional<ClipOrder> instead,
    Consumer<Boolean> viewTold,
    long from,
    long until,
    Instant takenAt,
    Background ground,
    int width,
    List<Zone> privacy,
    List<Spared> spared,
    boolean original,
    Consumer<Clip> whenDone)
    implements AutoCloseable {

  /** Where smoke was seen in one frame. */
  record Spared(long nanos, List<Region> regions) {}

  /** The native memory; the folder is the maker's. */
  @Override
  public void close() {
    ground.close();
  }
}
