package org.cityedge.drivers.position;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Cuts bytes into lines of at most {@value #LONGEST} bytes, line ends and empty lines left out. A
 * longer line is passed over whole, so that a peer that sends no line end costs no memory. Confined
 * to one thread.
 */
final class Lines {
  /** gpsd's longest report has 10,240 (GPS_JSON_RESPONSE_MAX). */
  static final int LONGEST = 16 * 1024;

  private final byte[] line = new byte[LONGEST];
  private int length;
  private boolean tooLong;
  private long dropped;

  void take(byte[] bytes, int count, Consumer<String> sink) {
    for (int i = 0; i < count; i++) {
      byte b = bytes[i];
      if (b == '\n' || b == '\r') {
        end(sink);
      } else if (length == LONGEST) {
        tooLong = true;
      } else {
        line[length++] = b;
      }
    }
  }

  private void end(Consumer<String> sink) {
    if (tooLong) {
      dropped++;
    } else if (length > 0) {
      sink.accept(new String(line, 0, length, StandardCharsets.UTF_8));
    }
    length = 0;
    tooLong = false;
  }

  /** Lines that were too long. */
  long dropped() {
    return dropped;
  }
}
