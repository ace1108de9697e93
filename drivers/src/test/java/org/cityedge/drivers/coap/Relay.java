package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Passes packets on between one client and a server on loopback, but for what is lost. */
final class Relay implements AutoCloseable {
  private static final byte HANDSHAKE = 22;
  private static final byte APPLICATION_DATA = 23;
  private static final byte ALERT = 21;
  private static final byte CLIENT_HELLO = 1;

  private final DatagramSocket front = new DatagramSocket(0, InetAddress.getLoopbackAddress());
  private final DatagramSocket back = new DatagramSocket(0, InetAddress.getLoopbackAddress());
  private volatile @Nullable SocketAddress client;

  /** Whether nothing comes back. */
  volatile boolean deaf;

  /** Bytes of a record of the client's that is passed on. */
  volatile int longest = 2048;

  /** Records of the client's that were longer. */
  final Semaphore swallowed = new Semaphore(0);

  /** ClientHellos of the client's. */
  final AtomicInteger hellos = new AtomicInteger();

  /** Alerts of the client's: notices that it closes a session. */
  final Semaphore alerts = new Semaphore(0);

  /** The server's likewise. */
  final Semaphore serversAlerts = new Semaphore(0);

  Relay(int server) throws IOException {
    back.connect(InetAddress.getLoopbackAddress(), server);
    Thread.ofVirtual()
        .start(
            () ->
                pass(
                    front,
                    packet -> {
                      client = packet.getSocketAddress();
                      byte[] data = packet.getData();
                      if (data[0] == HANDSHAKE && data[13] == CLIENT_HELLO) {
                        hellos.incrementAndGet();
                      } else if (data[0] == ALERT) {
                        alerts.release();
                      } else if (data[0] == APPLICATION_DATA && packet.getLength() > longest) {
                        swallowed.release();
                        return;
                      }
                      back.send(new DatagramPacket(packet.getData(), packet.getLength()));
                    }));
    Thread.ofVirtual()
        .start(
            () ->
                pass(
                    back,
                    packet -> {
                      SocketAddress to = client;
                      if (packet.getData()[0] == ALERT) {
                        serversAlerts.release();
                      }
                      if (!deaf && to != null) {
                        front.send(new DatagramPacket(packet.getData(), packet.getLength(), to));
                      }
                    }));
  }

  int port() {
    return front.getLocalPort();
  }

  private interface Way {
    void go(DatagramPacket packet) throws IOException;
  }

  private static void pass(DatagramSocket from, Way way) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        try {
          from.receive(packet);
          way.go(packet);
        } catch (PortUnreachableException _) {
          // the server is still starting
        }
      }
    } catch (IOException e) {
      // closed
    }
  }

  @Override
  public void close() {
    front.close();
    back.close();
  }
}
