package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Many observed sensors behind one UDP port, in as little code as RFC 7252 and RFC 7641 allow, so
 * that a benchmark measures the client. One thread answers registrations, the caller's notifies.
 */
final class SensorField implements AutoCloseable {
  private static final byte[] PAYLOAD = "21.5".getBytes(StandardCharsets.US_ASCII);
  private static final int ACKNOWLEDGEMENT = 0x60;
  private static final int NON_CONFIRMABLE = 0x50;
  private static final int CONTENT = 0x45;
  private static final int GET = 0x01;

  private record Observer(byte[] token, SocketAddress address) {}

  private final DatagramChannel channel;
  private final Thread answering;
  private final List<Observer> observers = new CopyOnWriteArrayList<>();
  private volatile long answeringId;

  // confined to the notifying thread
  private final ByteBuffer out = ByteBuffer.allocateDirect(64);
  private int messageId;
  private int observe = 10;
  private int next;

  SensorField() throws IOException {
    channel = DatagramChannel.open();
    channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    answering = Thread.ofPlatform().name("sensor-field").daemon().start(this::answer);
    answeringId = answering.threadId();
  }

  int port() {
    return channel.socket().getLocalPort();
  }

  /** What a client observes; every registration is another sensor. */
  URI resource() {
    return URI.create("coap://127.0.0.1:" + port() + "/s");
  }

  long answeringId() {
    return answeringId;
  }

  /** The client has gone; its observers with it. */
  void forget() {
    observers.clear();
    next = 0;
  }

  /** A notification of the next sensor in turn. */
  void notifyNext() throws IOException {
    Observer observer = observers.get(next);
    next++;
    if (next == observers.size()) {
      next = 0;
      observe++;
    }
    messageId = (messageId + 1) & 0xFFFF;
    out.clear();
    message(out, NON_CONFIRMABLE, messageId, observer.token(), observe);
    channel.send(out.flip(), observer.address());
  }

  private void answer() {
    ByteBuffer in = ByteBuffer.allocateDirect(1500);
    ByteBuffer answer = ByteBuffer.allocateDirect(64);
    try {
      while (true) {
        in.clear();
        SocketAddress from = channel.receive(in);
        in.flip();
        if (in.remaining() < 4 || in.get(1) != GET) {
          continue; // an acknowledgement or a reset
        }
        byte[] token = new byte[in.get(0) & 0x0F];
        in.get(4, token);
        answer.clear();
        message(answer, ACKNOWLEDGEMENT, in.getShort(2) & 0xFFFF, token, 1);
        if (isRegistration(in, 4 + token.length)) {
          observers.add(new Observer(token, from));
        }
        channel.send(answer.flip(), from);
      }
    } catch (ClosedChannelException e) {
      return; // at the end
    } catch (IOException e) {
      throw new IllegalStateException("the field of sensors fails", e);
    }
  }

  /** Whether there is an Observe option of length 0; options before it are passed over. */
  private static boolean isRegistration(ByteBuffer in, int from) {
    int at = from;
    int number = 0;
    while (at < in.limit() && (in.get(at) & 0xFF) != 0xFF && number < 6) {
      int head = in.get(at) & 0xFF;
      number += head >> 4;
      int length = head & 0x0F;
      if (number == 6) {
        return length == 0;
      }
      at += 1 + (length == 13 ? 14 + (in.get(at + 1) & 0xFF) - 1 : length);
    }
    return false;
  }

  private static void message(ByteBuffer to, int type, int id, byte[] token, int observe) {
    to.put((byte) (type | token.length)).put((byte) CONTENT).putShort((short) id).put(token);
    to.put((byte) 0x63); // Observe, 3 bytes
    to.put((byte) (observe >> 16)).put((byte) (observe >> 8)).put((byte) observe);
    to.put((byte) 0x60); // Content-Format 0
    to.put((byte) 0xFF).put(PAYLOAD);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
