package org.cityedge.drivers.gpio;

import com.pi4j.io.gpio.digital.DigitalInput;
import com.pi4j.io.gpio.digital.DigitalState;
import com.pi4j.io.gpio.digital.DigitalStateChangeEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Pi4J's event plus what it has no room for: the edge's time, and why a line was lost. */
final class LineEvent extends DigitalStateChangeEvent<DigitalInput> {
  private final long nanos;
  private final int number;
  private final @Nullable IOException loss;

  LineEvent(DigitalInput source, Edge edge) {
    super(source, DigitalState.getState(edge.active()));
    this.nanos = edge.nanos();
    this.number = edge.number();
    this.loss = null;
  }

  /** The line is gone; its state is {@link DigitalState#UNKNOWN} from here on. */
  LineEvent(DigitalInput source, IOException loss) {
    super(source, DigitalState.UNKNOWN);
    this.nanos = System.nanoTime();
    this.number = 0;
    this.loss = loss;
  }

  long nanos() {
    return nanos;
  }

  /** As in {@link Edge#number}. */
  int number() {
    return number;
  }

  @Nullable IOException loss() {
    return loss;
  }
}
