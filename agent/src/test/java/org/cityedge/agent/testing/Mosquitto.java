package org.cityedge.agent.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Debian's Mosquitto as a child process on loopback. Its sessions and retained messages outlive a
 * {@link #stop} and {@link #start}, not a {@link #kill}.
 */
public final class Mosquitto implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/mosquitto");

  private final Path folder;
  private final int port;
  private Process process;

  private Mosquitto(Path folder, int port) {
    this.folder = folder;
    this.port = port;
    this.process = launch();
  }

  /**
   * Writes a configuration into the folder and starts.
   *
   * @param lines further lines of mosquitto.conf, such as {@code max_inflight_messages 5}, which is
   *     the Receive Maximum that clients are told
   */
  public static Mosquitto start(Path folder, String... lines) {
    Assumptions.assumeTrue(
        Files.isExecutable(PROGRAM), PROGRAM + " is missing; apt-get install mosquitto");
    try {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      List<String> config =
          new ArrayList<>(
              List.of(
                  "listener " + port + " 127.0.0.1",
                  "allow_anonymous true",
                  "user root",
                  "persistence true",
                  "persistence_location " + folder + "/",
                  "max_queued_messages 0",
                  "log_dest file " + folder.resolve("mosquitto.log")));
      config.addAll(List.of(lines));
      Files.write(folder.resolve("mosquitto.conf"), config);
      return new Mosquitto(folder, port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI uri() {
    return URI.create("mqtt://127.0.0.1:" + port);
  }

  /** For a broker whose lines have a {@code certfile}. */
  public URI secureUri(String host) {
    return URI.create("mqtts://" + host + ":" + port);
  }

  /** Starts again on the same port. */
  public void start() {
    process = launch();
  }

  /** SIGTERM: it writes its sessions to disk. */
  public void stop() {
    process.destroy();
    await();
  }

  /** SIGKILL. */
  public void kill() {
    process.destroyForcibly();
    await();
  }

  /** SIGSTOP: connections stay open, nobody answers. */
  public void freeze() {
    signal("STOP");
  }

  /** SIGCONT. */
  public void thaw() {
    signal("CONT");
  }

  @Override
  public void close() {
    kill();
  }

  private Process launch() {
    try {
      Process started =
          new ProcessBuilder(PROGRAM.toString(), "-c", folder.resolve("mosquitto.conf").toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("mosquitto.out").toFile())
              .start();
      Eventually.await("mosquitto listens", Duration.ofSeconds(20), () -> answers(started));
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers(Process started) {
    if (!started.isAlive()) {
      throw new IllegalStateException("mosquitto ended, see " + folder.resolve("mosquitto.out"));
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void signal(String name) {
    try {
      int status =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      if (status != 0) {
        throw new IllegalStateException("kill -" + name + " failed: " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void await() {
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("mosquitto does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
