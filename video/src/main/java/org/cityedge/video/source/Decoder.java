package org.cityedge.video.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Whether the program that decodes the cameras starts on this machine. */
public final class Decoder {
  private static final int MOST_BYTES = 8192;

  private Decoder() {}

  /**
   * Starts it as a camera's child is started, asks for its version, and ends it.
   *
   * @param folder where it runs; must be there
   * @return its first line
   * @throws IOException when it cannot be unpacked or started, or ends with an error; the text has
   *     its own words, such as the library that is missing
   */
  public static String version(Path folder, Duration limit)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Child.program());
    command.addAll(List.of("-hide_banner", "-loglevel", "error", "-version"));
    Process child = Child.confined(command, folder).redirectErrorStream(true).start();
    try {
      if (!child.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException("it does not end within " + limit.toSeconds() + " s");
      }
      String said =
          new String(child.getInputStream().readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
      String first = said.lines().findFirst().orElse("");
      if (child.exitValue() != 0) {
        throw new IOException(first.isEmpty() ? "exit code " + child.exitValue() : first);
      }
      return first;
    } finally {
      child.destroyForcibly();
    }
  }
}
