package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FarewellsTest {
  private static final byte EMPTY_ACKNOWLEDGEMENT = 0x60;

  @Test
  void givesUpOnAServerThatPromisesAnAnswerAndNeverGivesIt()
      throws IOException, InterruptedException {
    Farewells farewells = new Farewells(Duration.ofSeconds(1));
    CountDownLatch over = new CountDownLatch(1);
    try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      CoapEndpoint client =
          new CoapEndpoint.Builder()
              .setConfiguration(Dtls.configuration())
              .setInetSocketAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .build();
      client.start();
      try {
        Request farewell = Request.newGet();
        farewell.setDestinationContext(
            new AddressEndpointContext(InetAddress.getLoopbackAddress(), server.getLocalPort()));
        assertThat(farewells.begin(farewell, over::countDown)).isTrue();
        client.sendRequest(farewell);
        promise(server);
        assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(farewell.isAcknowledged()).isTrue();
        assertThat(farewells.underWay()).isZero();
      } finally {
        client.destroy();
      }
    }
  }

  private static void promise(DatagramSocket server) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
    server.receive(packet);
    byte[] request = packet.getData();
    byte[] acknowledgement = {EMPTY_ACKNOWLEDGEMENT, 0, request[2], request[3]};
    server.send(
        new DatagramPacket(acknowledgement, acknowledgement.length, packet.getSocketAddress()));
  }
}
