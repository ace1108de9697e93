package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.care.Button;
import org.cityedge.agent.care.Lights;
import org.cityedge.agent.remote.Steering;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lamps and button on the gateway's box, where it has any. Confined to the thread that starts and
 * closes the gateway, but for what the button wishes.
 */
final class Panel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Panel.class);

  /** In the run folder: the image writes what it knows onto a stick where it finds this. */
  private static final String PRINT_WANTED = "print-wanted";

  private final Indicators indicators;
  private final Path run;
  private final Steering steering;
  private volatile Lights lights = Lights.NONE;
  private Optional<Button> button = Optional.empty();

  /**
   * @param run where the wish for a print is left
   * @param steering asked to go back to the factory document
   */
  Panel(Indicators indicators, Path run, Steering steering) {
    this.indicators = indicators;
    this.run = run;
    this.steering = steering;
  }

  /** What is held down now may be held for going back to the factory document. */
  void start(GatewayConfig config) {
    lights = indicators.light(config.led());
    watchButton(config, true);
  }

  void follow(GatewayConfig before, GatewayConfig next) {
    if (!before.led().equals(next.led())) {
      lights.close();
      lights = indicators.light(next.led());
    }
    if (!before.button().equals(next.button())) {
      button.ifPresent(Button::close);
      watchButton(next, false);
    }
  }

  /** As {@link Lights#faults}; any thread. */
  Map<String, String> lampFaults() {
    return lights.faults();
  }

  private void watchButton(GatewayConfig config, boolean fromStart) {
    button = config.button().map(b -> Button.start(b, fromStart, this::wished));
  }

  /** On the button's thread. */
  private void wished(Button.Wish wish) {
    switch (wish) {
      case IDENTIFY -> lights.show(Lights.Signal.IDENTIFY);
      case PRINT -> {
        lights.show(Lights.Signal.NOTED);
        try {
          Files.writeString(run.resolve(PRINT_WANTED), "");
        } catch (IOException e) {
          LOG.warn("The wish for a print cannot be passed on.", e);
        }
      }
      case LET_GO -> lights.show(Lights.Signal.LET_GO);
      case FACTORY -> {
        lights.show(Lights.Signal.NOTED);
        steering.goBackToFactory("by the button on the gateway");
      }
    }
  }

  @Override
  public void close() {
    button.ifPresent(Button::close);
    lights.close();
  }
}
