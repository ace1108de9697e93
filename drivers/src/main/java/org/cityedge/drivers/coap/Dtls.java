package org.cityedge.drivers.coap;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cityedge.drivers.Sensors;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.elements.util.Filter;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.dtls.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every endpoint of the gateway has in common. */
final class Dtls {
  /** Twice the sensors that there can be. A session takes 4.6 kB of heap. */
  static final int MOST_SESSIONS = 2 * Sensors.MOST;

  /** For the notices to all peers of an endpoint that their sessions are over. */
  static final Duration NOTICE = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(Dtls.class);

  private Dtls() {}

  /** Californium's settings for plain CoAP and for DTLS. */
  static Configuration configuration() {
    return new Configuration(
            CoapConfig.DEFINITIONS,
            UdpConfig.DEFINITIONS,
            SystemConfig.DEFINITIONS,
            DtlsConfig.DEFINITIONS)
        // The default keeps every exchange for 247 s and goes deaf once a peer has used all its
        // 65,536 message ids in that time; this one keeps the last 64 of each peer.
        .set(CoapConfig.DEDUPLICATOR, CoapConfig.DEDUPLICATOR_PEERS_MARK_AND_SWEEP)
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, PayloadReader.LARGEST)
        .set(CoapConfig.PROTOCOL_STAGE_THREAD_COUNT, 1)
        // An answer counts when it comes from who was asked, also after a new handshake.
        .set(CoapConfig.RESPONSE_MATCHING, CoapConfig.MatcherMode.PRINCIPAL)
        .set(UdpConfig.UDP_RECEIVE_BUFFER_SIZE, CoapLink.RECEIVE_BUFFER)
        .set(UdpConfig.UDP_RECEIVER_THREAD_COUNT, 1)
        .set(UdpConfig.UDP_SENDER_THREAD_COUNT, 1)
        .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
        .set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 1)
        .set(DtlsConfig.DTLS_MAX_CONNECTIONS, MOST_SESSIONS)
        // Full of sessions, a new one takes the place of one that was quiet for a minute.
        .set(DtlsConfig.DTLS_STALE_CONNECTION_THRESHOLD, 60, TimeUnit.SECONDS);
  }

  /**
   * Tells the other side of each session that it is over, so that it need not keep it (RFC 5246
   * §7.2.1), and closes the endpoint, whatever becomes of that. Blocks, as a rule for milliseconds;
   * not on Californium's threads.
   *
   * @param most how long it waits for the notices
   */
  static void close(CoapEndpoint endpoint, Duration most) {
    long deadline = System.nanoTime() + most.toNanos();
    try {
      if (endpoint.getConnector() instanceof DTLSConnector connector) {
        Filter<Connection> end =
            session -> {
              connector.close(session.getPeerAddress());
              return false;
            };
        Filter<Connection> pass = _ -> false; // a session does one thing after the other
        Void _ = connector.startForEach(end).get(left(deadline), TimeUnit.NANOSECONDS);
        Void _ = connector.startForEach(pass).get(left(deadline), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      log.warn("Not every CoAP peer was told that its session is over: {}", e.toString());
    } finally {
      endpoint.destroy();
    }
  }

  private static long left(long deadline) {
    return Math.max(0, deadline - System.nanoTime());
  }
}
