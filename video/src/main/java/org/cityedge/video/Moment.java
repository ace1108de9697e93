package org.cityedge.video;

import java.util.Optional;
import java.util.function.Consumer;
import org.cityedge.video.evidence.Evidence;
import org.cityedge.video.evidence.Recorder;

/**
 * The picture of the frame in hand, made when it is asked for. After {@link #close} the frame's
 * buffer belongs to a later frame, so no picture is made of it any more.
 */
final class Moment implements Witness, AutoCloseable {
  private final Evidence evidence;
  private final Frame frame;
  private final Observation observation;
  private final Optional<Recorder> recorder;
  private boolean over;

  Moment(Evidence evidence, Frame frame, Observation observation, Optional<Recorder> recorder) {
    this.evidence = evidence;
    this.frame = frame;
    this.observation = observation;
    this.recorder = recorder;
  }

  @Override
  public Picture get() {
    return picture(observation);
  }

  private Picture picture(Observation shown) {
    return over ? new Picture.Withheld("the frame is gone") : evidence.picture(frame, shown);
  }

  @Override
  public Witness strict() {
    return new Strict();
  }

  @Override
  public Optional<Original> original() {
    return over ? Optional.empty() : evidence.original(frame);
  }

  @Override
  public void clip(Consumer<Clip> whenDone) {
    order(observation.kind() == Observation.Kind.SMOKE, whenDone);
  }

  private void order(boolean smoke, Consumer<Clip> whenDone) {
    if (over) {
      whenDone.accept(new Clip.Withheld("the frame is gone"));
    } else {
      recorder.ifPresentOrElse(
          r -> r.order(frame.nanos(), evidence, smoke, whenDone),
          () -> Witness.super.clip(whenDone));
    }
  }

  /** The same frame, of which nobody was told that smoke is in it. */
  private final class Strict implements Witness {
    @Override
    public Picture get() {
      return picture(observation.withoutRegions());
    }

    @Override
    public Witness strict() {
      return this;
    }

    @Override
    public Optional<Original> original() {
      return Moment.this.original();
    }

    @Override
    public void clip(Consumer<Clip> whenDone) {
      order(false, whenDone);
    }
  }

  @Override
  public void close() {
    over = true;
  }
}
