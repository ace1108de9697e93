package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** An open digital input; active low and debouncing are dealt with below this. */
interface Line extends AutoCloseable {
  boolean isActive() throws IOException;

  /** The next edge; empty when none comes within the time. One thread at a time. */
  Optional<Edge> await(Duration timeout) throws IOException;

  @Override
  void close();
}
