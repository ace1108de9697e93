package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;

/** Asks whether a broker could be reached, without a session of its own. */
@FunctionalInterface
interface Probe {
  /**
   * Waits for the network, at most {@code limit}; an interrupt ends it early.
   *
   * @return whether the broker answered
   */
  boolean answers(URI broker, Duration limit);

  /** A TCP connection, closed again at once. What TLS or CONNECT would say is not known by it. */
  static boolean tcp(URI broker, Duration limit) {
    int usual = "mqtts".equals(broker.getScheme()) ? 8883 : 1883;
    int port = broker.getPort() < 0 ? usual : broker.getPort();
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(broker.getHost(), port), Math.toIntExact(limit.toMillis()));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
