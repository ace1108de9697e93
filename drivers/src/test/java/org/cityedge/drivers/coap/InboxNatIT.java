package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Objects;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.MediaTypeRegistry;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.pskstore.AdvancedSinglePskStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sensors whose NAT gives them another port after each sleep. */
@Timeout(60)
class InboxNatIT {
  private static final String KEY = "key-of-the-first";

  @TempDir Path secrets;

  /** A NAT that forgets: {@link #rebind} gives the inside another port outside. */
  private static final class Nat implements AutoCloseable {
    private final DatagramSocket inside = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final InetSocketAddress server;
    private volatile @Nullable DatagramSocket outside;
    private volatile @Nullable InetSocketAddress client;

    Nat(int serverPort) throws SocketException {
      server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
      pump(inside);
      rebind();
    }

    void rebind() throws SocketException {
      DatagramSocket old = outside;
      DatagramSocket fresh = new DatagramSocket(0, InetAddress.getLoopbackAddress());
      outside = fresh;
      pump(fresh);
      if (old != null) {
        old.close();
      }
    }

    private void pump(DatagramSocket from) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  while (true) {
                    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
                    from.receive(packet);
                    if (from == inside) {
                      client = (InetSocketAddress) packet.getSocketAddress();
                      packet.setSocketAddress(server);
                      Objects.requireNonNull(outside).send(packet);
                    } else {
                      packet.setSocketAddress(Objects.requireNonNull(client));
                      inside.send(packet);
                    }
                  }
                } catch (IOException _) {
                  // closed
                }
              });
    }

    int port() {
      return inside.getLocalPort();
    }

    @Override
    public void close() {
      inside.close();
      Objects.requireNonNull(outside).close();
    }
  }

  private static CoapEndpoint sensor(@Nullable Integer connectionIdLength) throws IOException {
    Configuration settings = Dtls.configuration();
    CoapEndpoint endpoint =
        new CoapEndpoint.Builder()
            .setConfiguration(settings)
            .setConnector(
                new DTLSConnector(
                    DtlsConnectorConfig.builder(settings)
                        .setAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
                        .set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, connectionIdLength)
                        .setAdvancedPskStore(
                            new AdvancedSinglePskStore("door-1", KEY.getBytes(US_ASCII)))
                        .build()))
            .build();
    endpoint.start();
    return endpoint;
  }

  private static @Nullable Response post(CoapEndpoint endpoint, Nat nat, String value)
      throws InterruptedException {
    Request post = Request.newPost();
    post.setURI("coaps://127.0.0.1/in/door-1");
    post.setDestinationContext(
        new AddressEndpointContext(InetAddress.getLoopbackAddress(), nat.port()));
    post.setPayload(value);
    post.getOptions().setContentFormat(MediaTypeRegistry.TEXT_PLAIN);
    endpoint.sendRequest(post);
    return post.waitForResponse(5_000);
  }

  @Test
  void keepsTheSessionByItsConnectionIdWhenThePortChanges()
      throws IOException, InterruptedException {
    try (InboxFixture fixture = new InboxFixture(secrets, "coaps", 60, 256, 1000)) {
      fixture.keyed("door-1", KEY);
      CoapEndpoint endpoint = sensor(0);
      try (Nat nat = new Nat(fixture.inbox.port())) {
        assertThat(post(endpoint, nat, "1")).isNotNull();
        fixture.assertValue("door-1", 1);
        for (int i = 2; i < 5; i++) {
          nat.rebind();
          Response response = post(endpoint, nat, Integer.toString(i));
          assertThat(Objects.requireNonNull(response).getCode()).isEqualTo(ResponseCode.CHANGED);
          fixture.assertValue("door-1", i);
        }
      } finally {
        endpoint.destroy();
      }
    }
  }

  @Test
  void losesTheSessionWithoutAConnectionId() throws IOException, InterruptedException {
    try (InboxFixture fixture = new InboxFixture(secrets, "coaps", 60, 256, 1000)) {
      fixture.keyed("door-1", KEY);
      CoapEndpoint endpoint = sensor(null);
      try (Nat nat = new Nat(fixture.inbox.port())) {
        assertThat(post(endpoint, nat, "1")).isNotNull();
        nat.rebind();
        assertThat(post(endpoint, nat, "2")).isNull();
      } finally {
        endpoint.destroy();
      }
    }
  }
}
