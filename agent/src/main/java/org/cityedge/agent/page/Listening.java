package org.cityedge.agent.page;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a server on the address that an interface has: one that cannot be had yet is tried again,
 * and where the interface has lost it to another, as a DHCP lease or a modem changes it, the server
 * moves. An interface without any address keeps its server, for it may get the same one back.
 *
 * <p>A virtual thread of its own from {@link #start} to {@link #close}.
 */
final class Listening implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

  /** Something that listens on one address until it is closed. */
  interface Server extends AutoCloseable {
    @Override
    void close();
  }

  /** Makes a server that listens. */
  @FunctionalInterface
  interface Opener {
    /**
     * @throws IOException when the address cannot be had; the text says why
     */
    Server open(InetAddress address) throws IOException;
  }

  /** Tells the addresses of an interface, the one to be taken first. */
  @FunctionalInterface
  interface Addresses {
    /**
     * @throws IOException when there is none; the text says why
     */
    List<InetAddress> of(String host) throws IOException;
  }

  private final PageConfig.Listen where;
  private final Addresses addresses;
  private final Opener opener;
  private final Duration again;
  private final CountDownLatch closing = new CountDownLatch(1);

  // Guarded by this.
  private @Nullable Server server;
  private @Nullable InetAddress at;
  private String told = "";

  /**
   * @param again how often the interface's address is looked at
   */
  Listening(PageConfig.Listen where, Addresses addresses, Opener opener, Duration again) {
    this.where = where;
    this.addresses = addresses;
    this.opener = opener;
    this.again = again;
  }

  /** Returns at once; once. */
  void start() {
    Thread.ofVirtual().name("page-listen").start(this::watch);
  }

  private void watch() {
    try {
      do {
        look();
      } while (!closing.await(again.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void look() {
    if (closing.getCount() == 0) {
      return;
    }
    try {
      List<InetAddress> now = addresses.of(where.host());
      if (server != null && at != null && now.contains(at)) {
        told = "";
        return;
      }
      if (server != null) {
        LOG.info("The page moves: its address is gone. address={}", at);
        end();
      }
      server = opener.open(now.getFirst());
      at = now.getFirst();
      told = "";
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage());
      if (!reason.equals(told)) {
        LOG.warn(
            "The page cannot listen; it is tried again every {} s. listen={}:{} reason=\"{}\"",
            again.toSeconds(),
            where.host(),
            where.port(),
            reason);
      }
      told = reason;
    }
  }

  private synchronized void end() {
    if (server != null) {
      server.close();
      server = null;
    }
  }

  /** Ends the server. Any number of times. */
  @Override
  public void close() {
    closing.countDown();
    end();
  }

  /** What the machine says of an address in numbers, {@code localhost} or an interface. */
  static List<InetAddress> ofMachine(String host) throws IOException {
    if (host.equals("localhost")) {
      return List.of(InetAddress.getLoopbackAddress());
    }
    if (Character.isDigit(host.charAt(0)) || host.startsWith("[")) {
      try {
        return List.of(InetAddress.ofLiteral(host));
      } catch (IllegalArgumentException e) {
        throw new IOException(host + " is no address", e);
      }
    }
    NetworkInterface named = NetworkInterface.getByName(host);
    if (named == null) {
      throw new IOException("there is no interface " + host);
    }
    List<InetAddress> found =
        named
            .inetAddresses()
            .filter(address -> !address.isLinkLocalAddress())
            .sorted(Comparator.comparingInt(address -> address.getAddress().length))
            .toList();
    if (found.isEmpty()) {
      throw new IOException("the interface " + host + " has no address yet");
    }
    return found;
  }
}
