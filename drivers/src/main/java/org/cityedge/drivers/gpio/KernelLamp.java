package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One of /sys/class/leds (Linux, Documentation/leds/leds-class.rst).
 *
 * @param brightest what its file {@code max_brightness} says
 */
record KernelLamp(Path folder, String brightest) implements Lamp {
  static KernelLamp take(Path folder) throws IOException {
    try {
      // Away from the kernel's own blinking.
      Files.writeString(folder.resolve("trigger"), "none");
      KernelLamp lamp =
          new KernelLamp(folder, Files.readString(folder.resolve("max_brightness")).strip());
      lamp.set(false);
      return lamp;
    } catch (IOException e) {
      throw new IOException(
          "LED %s cannot be switched: %s; ls /sys/class/leds lists what there is, and the agent's user must be allowed to write there"
              .formatted(folder, e),
          e);
    }
  }

  @Override
  public void set(boolean on) throws IOException {
    Files.writeString(folder.resolve("brightness"), on ? brightest : "0");
  }

  @Override
  public void close() {
    try {
      set(false);
    } catch (IOException e) {
      // Whatever it shows now, nobody drives it any more.
    }
  }
}
