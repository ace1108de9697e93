package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cityedge.agent.testing.CoapServer;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cityedge coap discover} as a technician calls it. */
class CoapDiscoverIT {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  private static CoapResource resource(String name, String kind, int contentFormat) {
    CoapResource resource = new CoapResource(name);
    resource.setObservable(true);
    resource.getAttributes().setObservable();
    resource.getAttributes().addContentType(contentFormat);
    if (!kind.isEmpty()) {
      resource.getAttributes().addResourceType(kind);
    }
    return resource;
  }

  /** 60 further resources make the list longer than one block. */
  @Test
  void printsWhatCheckAcceptsOncePasted() throws IOException {
    Configuration configuration =
        new Configuration(CoapConfig.DEFINITIONS, UdpConfig.DEFINITIONS, SystemConfig.DEFINITIONS);
    org.eclipse.californium.core.CoapServer server =
        new org.eclipse.californium.core.CoapServer(configuration);
    server.addEndpoint(
        new CoapEndpoint.Builder()
            .setConfiguration(configuration)
            .setInetSocketAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .build());
    server.add(resource("air", "pm25", 110), resource("t", "ucum.Cel", 112));
    for (int i = 0; i < 60; i++) {
      server.add(resource("other-resource-number-" + i, "something", 42));
    }
    server.start();
    try {
      int port = server.getEndpoints().getFirst().getAddress().getPort();
      assertThat(run("coap", "discover", "127.0.0.1:" + port)).as(err.toString()).isZero();
      Path config =
          Files.writeString(
              folder.resolve("gateway.yaml"),
              "gateway: {id: gw-test, district: \"510108\", location: {lat: 30.66, lon: 104.1}}\n"
                  + "uplink: {brokers: [\"mqtt://127.0.0.1:1883\"]}\n"
                  + out);
      assertThat(out.toString())
          .contains("lists 62 resources, 2 of them", "format: senml-cbor", "mode: observe")
          .contains("#   /other-resource-number-59  rt=\"something\"  ct=\"42\"  obs");
      // It may warn, for instance of plain CoAP.
      assertThat(run("check", "--config", config.toString()))
          .as(err.toString())
          .isLessThanOrEqualTo(1);
      assertThat(out.toString()).contains("2 sensors");
    } finally {
      server.destroy();
    }
  }

  @Test
  void listsWhatAForeignServerOffersWithoutGuessing() throws Exception {
    try (CoapServer server = CoapServer.start()) {
      assertThat(run("coap", "discover", server.uri().getAuthority())).isEqualTo(1);
      assertThat(out.toString())
          .contains("0 of them are proposed")
          .contains(
              "#   /time  title=\"Internal Clock\"  rt=\"ticks\"  if=\"clock\"  ct=\"0\"  obs")
          .doesNotContain("sensors:");
    }
  }

  @Test
  void namesTheAddressAndTheCure() throws IOException {
    try (DatagramSocket mute = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + mute.getLocalPort();
      assertThat(run("coap", "discover", "--wait", "1", address)).isEqualTo(2);
      assertThat(err.toString())
          .startsWith("coap://" + address + ": does not answer within 1 s; check that it is on");
    }
  }

  @Test
  void refusesWhatIsNoAddress() {
    assertThat(run("coap", "discover", "10.0.0.1/path")).isEqualTo(64);
    assertThat(err.toString()).contains("ADDR must be host, host:port or [IPv6]:port");
    // A name that looks like a scheme is a name.
    assertThat(run("coap", "discover", "coap-1.invalid")).isEqualTo(2);
    assertThat(err.toString()).contains("coap://coap-1.invalid");
    assertThat(run("coap")).isEqualTo(64);
    assertThat(run("coap", "discover")).isEqualTo(64);
  }

  @Test
  void takesTheNamesOfSecretsAndNeverASecret() {
    assertThat(run("coap", "discover", "coaps://10.0.0.1")).isEqualTo(64);
    assertThat(run("coap", "discover", "10.0.0.1", "--ca", "ca.pem")).isEqualTo(64);
    assertThat(run("coap", "discover", "coaps://10.0.0.1", "--psk", "air.key")).isEqualTo(64);
    assertThat(err.toString()).contains("coaps:// needs --identity ID --psk NAME, or --ca FILE");
    assertThat(
            run("coap", "discover", "coaps://10.0.0.1", "--identity", "gw", "--psk", "text:0123"))
        .isEqualTo(64);
    assertThat(err.toString()).contains("--psk must be the name of a file").doesNotContain("0123");
    String data = folder.toString();
    assertThat(
            run(
                "coap",
                "discover",
                "coaps://10.0.0.1",
                "--identity",
                "gw",
                "--psk",
                "air.key",
                "--data",
                data))
        .isEqualTo(2);
    assertThat(err.toString()).contains("air.key is missing; write it there with mode 0600");
  }
}
