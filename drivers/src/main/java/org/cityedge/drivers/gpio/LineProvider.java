package org.cityedge.drivers.gpio;

import com.pi4j.io.gpio.digital.DigitalInput;
import com.pi4j.io.gpio.digital.DigitalInputConfig;
import com.pi4j.io.gpio.digital.DigitalInputProviderBase;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Pi4J's way to our lines: {@link #offer} an open one, then create the input of that id. */
final class LineProvider extends DigitalInputProviderBase {
  static final String ID = "cityedge-line";

  private final Map<String, Line> offered = new ConcurrentHashMap<>();

  LineProvider() {
    super(ID, "GPIO character device");
  }

  void offer(String id, Line line) {
    offered.put(id, line);
  }

  @Override
  public DigitalInput create(DigitalInputConfig config) {
    Line line = offered.remove(config.id());
    if (line == null) {
      throw new IllegalStateException("no line is offered for input " + config.id());
    }
    LineInput input = new LineInput(this, config, line);
    context.registry().add(input);
    return input;
  }
}
