package org.cityedge.video.discovery;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.cityedge.config.Printable;

/** The XML of WS-Discovery: the question, and what is read of an answer. */
final class ProbeMessage {
  private static final String DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
  private static final String ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing";

  /** Of one answer; real ones have a handful. */
  private static final int MOST_MATCHES = 16;

  private static final int MOST_WORDS = 64;
  static final int LONGEST = 512;

  private ProbeMessage() {}

  /** Asks for network video transmitters, which is what ONVIF calls a camera. */
  static String probe(String messageId) {
    return """
    <?xml version="1.0" encoding="UTF-8"?>
    <e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="%s" xmlns:d="%s" \
    xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>\
    <w:MessageID>%s</w:MessageID>\
    <w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>\
    <w:Action e:mustUnderstand="true">%s/Probe</w:Action></e:Header>\
    <e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>
    """
        .formatted(ADDRESSING, DISCOVERY, messageId, DISCOVERY);
  }

  /**
   * The cameras of one answer.
   *
   * @return empty when it answers another question, or is no such answer
   */
  static List<Found> matches(String xml, String messageId, String host) {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    // Anybody in the network can answer: no document types, so no entities either.
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    List<Found> found = new ArrayList<>();
    boolean ours = false;
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(xml));
      while (reader.hasNext()) {
        if (reader.next() == XMLStreamConstants.START_ELEMENT) {
          if (is(reader, ADDRESSING, "RelatesTo")) {
            ours = text(reader).equals(messageId);
          } else if (is(reader, DISCOVERY, "ProbeMatch") && found.size() < MOST_MATCHES) {
            found.add(match(reader, host));
          }
        }
      }
    } catch (XMLStreamException e) {
      return List.of();
    }
    return ours ? found : List.of();
  }

  private static Found match(XMLStreamReader reader, String host) throws XMLStreamException {
    String endpoint = "";
    List<String> scopes = List.of();
    List<String> services = List.of();
    while (reader.hasNext()) {
      int event = reader.next();
      if (event == XMLStreamConstants.END_ELEMENT && is(reader, DISCOVERY, "ProbeMatch")) {
        break;
      }
      if (event == XMLStreamConstants.START_ELEMENT) {
        if (is(reader, ADDRESSING, "Address")) {
          endpoint = text(reader);
        } else if (is(reader, DISCOVERY, "Scopes")) {
          scopes = words(text(reader));
        } else if (is(reader, DISCOVERY, "XAddrs")) {
          services = words(text(reader));
        }
      }
    }
    return new Found(host, cut(endpoint), scopes, services);
  }

  private static boolean is(XMLStreamReader reader, String namespace, String name) {
    return name.equals(reader.getLocalName()) && namespace.equals(reader.getNamespaceURI());
  }

  private static String text(XMLStreamReader reader) throws XMLStreamException {
    return reader.getElementText().strip();
  }

  private static List<String> words(String text) {
    return Stream.of(text.split("\\s+"))
        .filter(word -> !word.isEmpty())
        .limit(MOST_WORDS)
        .map(ProbeMessage::cut)
        .toList();
  }

  /** Printed on a terminal: no control characters, and not without end. */
  private static String cut(String text) {
    return Printable.line(text, LONGEST);
  }
}
