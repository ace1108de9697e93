package org.cityedge.video.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.w3c.dom.Document;

/** The survey against cameras that answer over UDP on loopback. */
@Timeout(30)
class CameraSurveyIT {
  private static final Duration WAIT = Duration.ofMillis(1_200);

  @Test
  void findsACameraAndReadsWhatItSaysOfItself() throws Exception {
    try (Responder camera = new Responder("urn:uuid:cam-1", false)) {
      List<Found> found = new CameraSurvey(System::nanoTime).ask(List.of(camera.address()), WAIT);
      assertThat(found)
          .containsExactly(
              new Found(
                  "127.0.0.1",
                  "urn:uuid:cam-1",
                  List.of(
                      "onvif://www.onvif.org/name/Front%20door",
                      "onvif://www.onvif.org/hardware/IPC-1"),
                  List.of("http://127.0.0.1/onvif/device_service")));
      assertThat(found.getFirst().name()).contains("Front door");
      assertThat(found.getFirst().hardware()).contains("IPC-1");
      // Asked twice, under one number.
      assertThat(camera.asked).hasSize(2);
      assertThat(camera.asked.get(0)).isEqualTo(camera.asked.get(1)).startsWith("urn:uuid:");
    }
  }

  @Test
  void ignoresAnswersToOthersAndWhatIsNoAnswer() throws Exception {
    try (Responder other = new Responder("urn:uuid:cam-2", true)) {
      assertThat(new CameraSurvey(System::nanoTime).ask(List.of(other.address()), WAIT)).isEmpty();
      assertThat(other.asked).isNotEmpty();
    }
  }

  @Test
  void readsNoDocumentTypeOfAnAnswer() {
    String bomb =
        "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x xmlns:w=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">"
            + "<w:RelatesTo>&a;</w:RelatesTo></x>";
    assertThat(ProbeMessage.matches(bomb, "aaaa", "10.0.0.1")).isEmpty();
  }

  /** A camera as ONVIF describes it: reads the question as XML, and answers with its number. */
  private static final class Responder implements AutoCloseable {
    final List<String> asked = new CopyOnWriteArrayList<>();
    private final DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    private final Thread thread;

    Responder(String endpoint, boolean stray) throws IOException {
      thread = Thread.ofVirtual().start(() -> answer(endpoint, stray));
    }

    InetSocketAddress address() {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private void answer(String endpoint, boolean stray) {
      byte[] buffer = new byte[65_507];
      try {
        while (true) {
          DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
          socket.receive(packet);
          DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
          factory.setNamespaceAware(true);
          Document question =
              factory
                  .newDocumentBuilder()
                  .parse(new ByteArrayInputStream(packet.getData(), 0, packet.getLength()));
          String number =
              question
                  .getElementsByTagNameNS(
                      "http://schemas.xmlsoap.org/ws/2004/08/addressing", "MessageID")
                  .item(0)
                  .getTextContent();
          asked.add(number);
          send(packet, match(endpoint, stray ? "urn:uuid:another-question" : number));
          if (stray) {
            send(packet, "no XML at all");
            send(packet, "<a/>");
          }
        }
      } catch (Exception e) {
        // The test is over.
      }
    }

    private void send(DatagramPacket to, String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      socket.send(new DatagramPacket(bytes, bytes.length, to.getSocketAddress()));
    }

    private static String match(String endpoint, String number) {
      return """
          <?xml version="1.0" encoding="utf-8"?>
          <SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
              xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
              xmlns:wsdd="http://schemas.xmlsoap.org/ws/2005/04/discovery"
              xmlns:tds="http://www.onvif.org/ver10/device/wsdl">
            <SOAP-ENV:Header><wsa:RelatesTo>%s</wsa:RelatesTo></SOAP-ENV:Header>
            <SOAP-ENV:Body><wsdd:ProbeMatches><wsdd:ProbeMatch>
              <wsa:EndpointReference><wsa:Address>%s</wsa:Address></wsa:EndpointReference>
              <wsdd:Types>tds:Device</wsdd:Types>
              <wsdd:Scopes>onvif://www.onvif.org/name/Front%%20door
                 onvif://www.onvif.org/hardware/IPC-1</wsdd:Scopes>
              <wsdd:XAddrs>http://127.0.0.1/onvif/device_service</wsdd:XAddrs>
              <wsdd:MetadataVersion>1</wsdd:MetadataVersion>
            </wsdd:ProbeMatch></wsdd:ProbeMatches></SOAP-ENV:Body>
          </SOAP-ENV:Envelope>
          """
          .formatted(number, endpoint);
    }

    @Override
    public void close() {
      socket.close();
      thread.interrupt();
    }
  }
}
