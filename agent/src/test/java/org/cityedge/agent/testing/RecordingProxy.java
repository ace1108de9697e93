package org.cityedge.agent.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands between a client and a broker, and keeps what each connection's client sends, byte by byte
 * and without any MQTT library.
 */
public final class RecordingProxy implements AutoCloseable {
  private final ServerSocket door;
  private final URI broker;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<ByteArrayOutputStream> connections = new CopyOnWriteArrayList<>();

  public RecordingProxy(URI broker) {
    this.broker = broker;
    try {
      door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public URI uri() {
    return URI.create("mqtt://127.0.0.1:" + door.getLocalPort());
  }

  /** Whole control packets that the client of that connection has sent: first byte and body. */
  public List<Packet> packets(int connection) {
    byte[] bytes = connections.get(connection).toByteArray();
    List<Packet> out = new ArrayList<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      while (in.available() > 1) {
        int first = in.readUnsignedByte();
        int length = variable(in);
        if (in.available() < length) {
          return out;
        }
        out.add(new Packet(first, in.readNBytes(length)));
      }
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param first type and flags (MQTT 5 §2.1.1)
   */
  public record Packet(int first, byte[] body) {
    public DataInputStream read() {
      return new DataInputStream(new ByteArrayInputStream(body));
    }
  }

  /** Variable Byte Integer (MQTT 5 §1.5.5). */
  public static int variable(DataInputStream in) throws IOException {
    int value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int next = in.readUnsignedByte();
      value |= (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new IOException("malformed length");
  }

  /** Ends every open connection. */
  public void cut() {
    for (Socket socket : sockets) {
      close(socket);
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        Socket upstream = new Socket(broker.getHost(), broker.getPort());
        sockets.add(client);
        sockets.add(upstream);
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        connections.add(record);
        Thread.ofVirtual().start(() -> copy(client, upstream, record));
        Thread.ofVirtual().start(() -> copy(upstream, client, new ByteArrayOutputStream()));
      }
    } catch (IOException e) {
      cut();
    }
  }

  private static void copy(Socket from, Socket to, ByteArrayOutputStream record) {
    byte[] buffer = new byte[8192];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        record.write(buffer, 0, count);
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      // One side is gone; so is the other, then.
    }
    close(from);
    close(to);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }
}
