package org.cityedge.drivers.position;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The bytes of a receiver. Read by one thread. */
interface Connection extends Closeable {
  /** How long {@link #read} waits. */
  Duration WAIT = Duration.ofSeconds(1);

  /** Bytes read; 0 when none came within {@link #WAIT}, -1 at the end. */
  int read(byte[] buffer) throws IOException;

  /** To a gpsd; both ways of waiting are bounded by 5 s. */
  final class Tcp implements Connection {
    private static final int CONNECT_MILLIS = 5_000;
    private final Socket socket = new Socket();
    private final InputStream in;

    Tcp(PositionConfig.Gpsd config) throws IOException {
      try {
        socket.connect(new InetSocketAddress(config.host(), config.port()), CONNECT_MILLIS);
        socket.setSoTimeout((int) WAIT.toMillis());
        byte[] watch = GpsdDecoder.watch(config.device()).getBytes(StandardCharsets.US_ASCII);
        socket.getOutputStream().write(watch);
        in = socket.getInputStream();
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    @Override
    public int read(byte[] buffer) throws IOException {
      try {
        return in.read(buffer);
      } catch (SocketTimeoutException e) {
        return 0;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
