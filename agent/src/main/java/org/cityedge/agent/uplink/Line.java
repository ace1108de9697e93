package org.cityedge.agent.uplink;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection to a broker; with TLS, connecting includes the handshake. Made for an MQTT
 * client, which uses of a socket only what is here.
 *
 * <p>Closing a TLS socket waits for whoever writes to it, for ever when the peer is frozen. {@link
 * #cut} closes the TCP connection below and waits for nobody.
 */
final class Line extends Socket {
  /** Hears of the steps; on the connecting thread. */
  interface Watcher {
    void connecting();

    void connected(InetSocketAddress address);

    void secured(SSLSession session);
  }

  private final Socket tcp = new Socket();
  private final Optional<TlsContext> tls;
  private final Watcher watcher;
  private final Consumer<Throwable> readerDeath;
  private final Runnable disconnectWritten;
  private volatile @Nullable SSLSocket secure;

  /**
   * @param readerDeath gets the exception of which the thread that read from here has died
   * @param disconnectWritten called on the thread that wrote DISCONNECT
   */
  Line(
      Optional<TlsContext> tls,
      Watcher watcher,
      Consumer<Throwable> readerDeath,
      Runnable disconnectWritten) {
    this.tls = tls;
    this.watcher = watcher;
    this.readerDeath = readerDeath;
    this.disconnectWritten = disconnectWritten;
  }

  /**
   * @param timeoutMillis for TCP, and again for each answer of the handshake; the whole is bounded
   *     by whoever cuts
   */
  @Override
  public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
    InetSocketAddress broker = (InetSocketAddress) endpoint;
    watcher.connecting();
    // An alert must not wait for the answer to what was sent before it (RFC 896).
    tcp.setTcpNoDelay(true);
    tcp.connect(broker, timeoutMillis);
    watcher.connected((InetSocketAddress) tcp.getRemoteSocketAddress());
    if (tls.isPresent()) {
      tcp.setSoTimeout(timeoutMillis);
      SSLSocket socket = tls.get().over(tcp, broker.getHostString(), broker.getPort());
      secure = socket;
      socket.startHandshake();
      watcher.secured(socket.getSession());
    }
  }

  /** Ends the connection at once, whoever reads or writes. */
  void cut() throws IOException {
    tcp.close();
  }

  private Socket top() {
    Socket current = secure;
    return current == null ? tcp : current;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new ReaderWatch(top().getInputStream(), readerDeath);
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new DisconnectWatch(top().getOutputStream(), disconnectWritten);
  }

  @Override
  public synchronized void setSoTimeout(int millis) {
    try {
      tcp.setSoTimeout(millis);
    } catch (IOException _) {
      // It is closed; the next read says so.
    }
  }

  @Override
  public void shutdownInput() throws IOException {
    tcp.shutdownInput();
  }

  @Override
  public synchronized void close() throws IOException {
    top().close();
  }

  @Override
  public boolean isClosed() {
    return tcp.isClosed();
  }

  @Override
  public boolean isConnected() {
    return tcp.isConnected();
  }
}
