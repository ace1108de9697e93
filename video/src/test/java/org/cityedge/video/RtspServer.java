package org.cityedge.video;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A real RTSP camera: GStreamer's server in a child process. */
public final class RtspServer implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";

  private final Process process;
  private final int port;

  private RtspServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * @param pattern of videotestsrc, or the path of a PNG file of 640x360
   */
  public static RtspServer start(String pattern) throws IOException {
    return start(0, pattern);
  }

  /** Skips the test where GStreamer's server or its H.264 encoder is not installed. */
  static RtspServer start(int port, String pattern, String... login) throws IOException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON + "; skipped");
    Path script = Files.createTempFile("rtsp_server", ".py");
    try (var in = RtspServer.class.getResourceAsStream("rtsp_server.py")) {
      Files.write(script, in.readAllBytes());
    }
    List<String> command =
        new ArrayList<>(List.of(PYTHON, script.toString(), String.valueOf(port), pattern));
    command.addAll(List.of(login));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    BufferedReader out =
        new BufferedReader(
            new java.io.InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    Files.delete(script);
    if (line == null) {
      Assumptions.abort("GStreamer's RTSP server does not start here; skipped");
    }
    return new RtspServer(process, Integer.parseInt(line.substring("PORT ".length())));
  }

  int port() {
    return port;
  }

  public String uri() {
    return "rtsp://127.0.0.1:" + port + "/cam";
  }

  @Override
  public void close() {
    kill();
  }

  /** Dies at once, as a camera without power. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }
}
