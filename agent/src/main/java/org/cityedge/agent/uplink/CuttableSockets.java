package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.SocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sockets and remembers them, so that a connection can be cut past a client that hangs. One
 * connection attempt makes one socket per address tried.
 */
final class CuttableSockets extends SocketFactory {
  private static final Logger LOG = LoggerFactory.getLogger(CuttableSockets.class);

  private final Optional<TlsContext> tls;
  private final Line.Watcher watcher;
  private final List<Line> lines = new ArrayList<>();
  private final CountDownLatch disconnectWritten = new CountDownLatch(1);
  private Consumer<Throwable> readerDeath = _ -> {};
  private boolean cut;

  CuttableSockets(Optional<TlsContext> tls, Line.Watcher watcher) {
    this.tls = tls;
    this.watcher = watcher;
  }

  @Override
  public synchronized Socket createSocket() throws IOException {
    if (cut) {
      throw new IOException("the connection was discarded");
    }
    Line line = new Line(tls, watcher, readerDeath, disconnectWritten::countDown);
    lines.add(line);
    return line;
  }

  /** Of the sockets made from here on: gets the exception of which the reading thread has died. */
  synchronized void onReaderDeath(Consumer<Throwable> hears) {
    readerDeath = hears;
  }

  /** Waits until the client has written DISCONNECT; false when it has not in time. */
  boolean awaitDisconnect(Duration limit) throws InterruptedException {
    return disconnectWritten.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether the broker asked for a certificate. */
  boolean certificateAsked() {
    return tls.isPresent() && tls.get().certificateAsked();
  }

  /** Closes every socket made; no more are made. */
  synchronized void cut() {
    cut = true;
    for (Line line : lines) {
      try {
        line.cut();
      } catch (IOException e) {
        LOG.debug("A socket did not close cleanly. reason={}", e.toString());
      }
    }
    lines.clear();
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw unconnectedOnly();
  }

  /** The client connects by itself; connecting here would hold the lock over I/O. */
  private static UnsupportedOperationException unconnectedOnly() {
    return new UnsupportedOperationException("unconnected sockets only");
  }
}
