package org.cityedge.agent.testing;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * libcoap's server as a child process: its resource {@code /example_data} gives what was put there.
 */
public final class CoapServer implements AutoCloseable {
  private static final Path SERVER = Path.of("/usr/bin/coap-server-notls");
  private static final Path CLIENT = Path.of("/usr/bin/coap-client-notls");

  private final Process process;
  private final int port;

  private CoapServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  public static CoapServer start() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(SERVER) && Files.isExecutable(CLIENT),
        SERVER + " is missing; apt-get install libcoap3-bin");
    int port;
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process process =
        new ProcessBuilder(SERVER.toString(), "-A", "127.0.0.1", "-p", Integer.toString(port))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    CoapServer server = new CoapServer(process, port);
    Eventually.await(
        "libcoap answers",
        Duration.ofSeconds(20),
        () -> server.client("-m", "get", server.uri().toString()) == 0);
    return server;
  }

  public URI uri() {
    return URI.create("coap://127.0.0.1:" + port + "/example_data");
  }

  /** Puts a payload, as another foreign client would. */
  public void put(String payload, String contentFormat) {
    if (client("-m", "put", "-t", contentFormat, "-e", payload, uri().toString()) != 0) {
      throw new AssertionError("libcoap's client could not put");
    }
  }

  private int client(String... arguments) {
    try {
      String[] command = new String[arguments.length + 3];
      command[0] = CLIENT.toString();
      command[1] = "-B";
      command[2] = "2";
      System.arraycopy(arguments, 0, command, 3, arguments.length);
      Process client =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return client.waitFor(10, TimeUnit.SECONDS) ? client.exitValue() : -1;
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
