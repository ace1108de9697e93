package org.cityedge.video;

import java.util.function.Supplier;
import org.cityedge.video.evidence.Evidence;

/**
 * The picture of the frame in hand, made when it is asked for. After {@link #close} the frame's
 * buffer belongs to a later frame, so no picture is made of it any more.
 */
final class Moment implements Supplier<Picture>, AutoCloseable {
  private final Evidence evidence;
  private final Frame frame;
  private final Observation observation;
  private boolean over;

  Moment(Evidence evidence, Frame frame, Observation observation) {
    this.evidence = evidence;
    this.frame = frame;
    this.observation = observation;
  }

  @Override
  public Picture get() {
    return over ? new Picture.Withheld("the frame is gone") : evidence.picture(frame, observation);
  }

  @Override
  public void close() {
    over = true;
  }
}
