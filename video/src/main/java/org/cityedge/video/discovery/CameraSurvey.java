package org.cityedge.video.discovery;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Asks the local network, or named hosts, for ONVIF cameras and collects the answers. One datagram
 * is 64 KiB at most; {@value #MOST} cameras are remembered. Confined to one thread.
 */
public final class CameraSurvey {
  /** WS-Discovery 1.1 section 3.1.1. */
  public static final int PORT = 3702;

  /** The group of WS-Discovery for IPv4. */
  public static final String GROUP = "239.255.255.250";

  private static final int MOST = 1_024;

  /** UDP loses; the question is asked again under the same number, so that it is answered once. */
  private static final Duration AGAIN = Duration.ofMillis(500);

  private static final int ASKED = 2;

  private final LongSupplier nanos;

  /**
   * @param nanos monotonic clock
   */
  public CameraSurvey(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * Asks and waits.
   *
   * @param targets where to ask; a group is asked on every interface that can do multicast
   * @param wait how long answers are collected
   * @return in the order of their answers, each camera once
   * @throws IOException when nothing can be sent at all
   */
  public List<Found> ask(List<InetSocketAddress> targets, Duration wait) throws IOException {
    String messageId = "urn:uuid:" + UUID.randomUUID();
    byte[] question = ProbeMessage.probe(messageId).getBytes(StandardCharsets.UTF_8);
    Map<String, Found> found = new LinkedHashMap<>();
    long began = nanos.getAsLong();
    int asked = 0;
    try (MulticastSocket socket = new MulticastSocket(0)) {
      byte[] buffer = new byte[65_507];
      while (nanos.getAsLong() - began < wait.toNanos()) {
        if (asked < ASKED && nanos.getAsLong() - began >= asked * AGAIN.toNanos()) {
          send(socket, question, targets);
          asked++;
        }
        long left = wait.toNanos() - (nanos.getAsLong() - began);
        socket.setSoTimeout(Math.clamp(left / 1_000_000, 1, 100));
        DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
        try {
          socket.receive(answer);
        } catch (SocketTimeoutException e) {
          continue;
        }
        String xml =
            new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8).strip();
        String host = answer.getAddress().getHostAddress();
        for (Found camera : ProbeMessage.matches(xml, messageId, host)) {
          if (found.size() < MOST) {
            found.putIfAbsent(camera.endpoint() + camera.host(), camera);
          }
        }
      }
    }
    return List.copyOf(found.values());
  }

  private static void send(MulticastSocket socket, byte[] question, List<InetSocketAddress> targets)
      throws IOException {
    IOException last = null;
    int sent = 0;
    for (InetSocketAddress target : targets) {
      DatagramPacket packet = new DatagramPacket(question, question.length, target);
      List<NetworkInterface> ways =
          target.getAddress().isMulticastAddress() ? multicastInterfaces() : List.of();
      try {
        if (!target.getAddress().isMulticastAddress()) {
          socket.send(packet);
          sent++;
        }
        for (NetworkInterface way : ways) {
          socket.setNetworkInterface(way);
          socket.send(packet);
          sent++;
        }
      } catch (IOException e) {
        last = e;
      }
    }
    if (sent == 0) {
      throw new IOException(
          "nothing could be asked: "
              + (last == null ? "no network interface can do multicast" : last.getMessage())
              + "; name the cameras' addresses instead",
          last);
    }
  }

  private static List<NetworkInterface> multicastInterfaces() throws SocketException {
    return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
        .filter(CameraSurvey::canMulticast)
        .toList();
  }

  private static boolean canMulticast(NetworkInterface way) {
    try {
      return way.isUp()
          && !way.isLoopback()
          && way.supportsMulticast()
          && way.inetAddresses().anyMatch(address -> address instanceof Inet4Address);
    } catch (SocketException e) {
      return false;
    }
  }
}
