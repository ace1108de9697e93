package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.util.Filter;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.Connection;
import org.eclipse.californium.scandium.dtls.pskstore.AdvancedSinglePskStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DtlsCloseTest {
  private static DtlsConnectorConfig.Builder client(Configuration configuration) {
    return DtlsConnectorConfig.builder(configuration)
        .setAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
        .setAdvancedPskStore(new AdvancedSinglePskStore("gateway", new byte[16]));
  }

  @Test
  void closesAnEndpointWhoseSessionsCannotBeEnded() throws Exception {
    Configuration configuration = Dtls.configuration();
    DTLSConnector failing =
        new DTLSConnector(client(configuration).build()) {
          @Override
          public Future<Void> startForEach(Filter<Connection> handler) {
            throw new RejectedExecutionException("the executor has ended");
          }
        };
    CoapEndpoint endpoint =
        new CoapEndpoint.Builder().setConfiguration(configuration).setConnector(failing).build();
    endpoint.start();
    assertThat(failing.isRunning()).isTrue();
    assertThatCode(() -> Dtls.close(endpoint, Duration.ofSeconds(1))).doesNotThrowAnyException();
    assertThat(endpoint.isStarted()).isFalse();
    assertThat(failing.isRunning()).isFalse();
  }

  @Test
  void aLinkThatIsClosedTwiceWaitsForItsFarewellsOnce() {
    CoapLink link = new CoapLink();
    link.close();
    long begun = System.nanoTime();
    link.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(1));
    assertThat(link.farewells().begin(Request.newGet(), () -> {})).as("nobody begins").isFalse();
  }
}
