package org.cityedge.agent.uplink;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.cityedge.agent.testing.RecordingProxy;

/**
 * As much of an MQTT 5 broker as one client needs, which confirms everything and sends what a real
 * broker sends when somebody publishes it: a message whose user property has a control character.
 */
final class PoisonousBroker implements AutoCloseable {
  /** Where the message comes from. */
  enum Source {
    /**
     * The session that the broker has kept: straight after CONNACK, until the session is renewed.
     */
    SESSION,
    /** What is retained: straight after each SUBACK. */
    SUBSCRIPTION,
    NOWHERE
  }

  private final ServerSocket door;
  private final String topic;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<Boolean> cleanStarts = new CopyOnWriteArrayList<>();
  private final AtomicInteger subscribed = new AtomicInteger();
  private volatile Source source;

  PoisonousBroker(Source source, String topic) {
    this.source = source;
    this.topic = topic;
    try {
      door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  URI uri() {
    return URI.create("mqtt://127.0.0.1:" + door.getLocalPort());
  }

  void poison(Source from) {
    source = from;
  }

  /** Clean Start of each CONNECT. */
  List<Boolean> cleanStarts() {
    return cleanStarts;
  }

  /** SUBSCRIBE packets so far. */
  int subscribed() {
    return subscribed.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // close() ends it.
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      while (true) {
        int first = in.readUnsignedByte();
        answer(first, in.readNBytes(RecordingProxy.variable(in)), out);
      }
    } catch (IOException e) {
      // The client has gone.
    }
  }

  /** Packet types of MQTT 5 §2.1.2. */
  private void answer(int first, byte[] body, DataOutputStream out) throws IOException {
    switch (first >> 4) {
      case 1 -> {
        // CONNECT: after protocol name and version.
        boolean clean = (body[7] & 2) != 0;
        cleanStarts.add(clean);
        out.write(new byte[] {0x20, 3, (byte) (clean ? 0 : 1), 0, 0});
        if (source == Source.SESSION && !clean) {
          poison(out);
        }
      }
      case 3 -> {
        // PUBLISH: after the topic.
        int at = 2 + Short.toUnsignedInt(ByteBuffer.wrap(body).getShort());
        if ((first & 2) != 0) {
          out.write(new byte[] {0x40, 2, body[at], body[at + 1]});
        }
      }
      case 8 -> {
        // SUBSCRIBE to one filter.
        subscribed.incrementAndGet();
        out.write(new byte[] {(byte) 0x90, 4, body[0], body[1], 0, 1});
        if (source == Source.SUBSCRIPTION) {
          poison(out);
        }
      }
      case 12 -> out.write(new byte[] {(byte) 0xd0, 0});
      default -> {}
    }
  }

  /** PUBLISH with QoS 1 and the user property {@code a} = {@code a}, line feed, {@code b}. */
  private void poison(DataOutputStream out) throws IOException {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    byte[] property = {0x26, 0, 1, 'a', 0, 3, 'a', '\n', 'b'};
    out.write(0x32);
    out.write(2 + name.length + 2 + 1 + property.length);
    out.writeShort(name.length);
    out.write(name);
    out.writeShort(1);
    out.write(property.length);
    out.write(property);
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
