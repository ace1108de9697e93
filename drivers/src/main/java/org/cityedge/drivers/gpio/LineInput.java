package org.cityedge.drivers.gpio;

import com.pi4j.context.Context;
import com.pi4j.io.gpio.digital.DigitalInput;
import com.pi4j.io.gpio.digital.DigitalInputBase;
import com.pi4j.io.gpio.digital.DigitalInputConfig;
import com.pi4j.io.gpio.digital.DigitalInputProvider;
import com.pi4j.io.gpio.digital.DigitalState;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pi4J's digital input over an open line. HIGH is active. Edges are dispatched on a platform thread
 * of its own, since the wait is inside the kernel; listeners must only hand over.
 */
final class LineInput extends DigitalInputBase {
  private static final Logger log = LoggerFactory.getLogger(LineInput.class);

  /** Also how long closing may take. */
  private static final Duration WAIT = Duration.ofMillis(500);

  private final Line line;
  private final Thread thread;
  private volatile boolean open = true;

  /** Owns the line from here on. */
  LineInput(DigitalInputProvider provider, DigitalInputConfig config, Line line) {
    super(provider, config);
    this.line = line;
    this.thread =
        Thread.ofPlatform().name("line-" + config.id()).daemon().unstarted(this::dispatchEdges);
  }

  @Override
  public DigitalInput initialize(Context context) {
    super.initialize(context);
    thread.start();
    return this;
  }

  private void dispatchEdges() {
    try {
      while (open) {
        Optional<Edge> edge = line.await(WAIT);
        edge.ifPresent(e -> dispatch(new LineEvent(this, e)));
      }
    } catch (IOException e) {
      dispatch(new LineEvent(this, e));
    }
  }

  @Override
  public DigitalState state() {
    try {
      return DigitalState.getState(line.isActive());
    } catch (IOException e) {
      log.debug("A line does not tell its level id={}", id(), e);
      return DigitalState.UNKNOWN;
    }
  }

  /** Waits until edges are no longer waited for; any number of times, on any thread but its own. */
  void end() {
    open = false;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the descriptor must not be closed under a waiting thread
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public DigitalInput shutdownInternal(Context context) {
    end();
    line.close();
    return super.shutdownInternal(context);
  }
}
