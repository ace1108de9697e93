package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * The answer to {@code config-get} as Kura's {@code configurations} document: one component, whose
 * properties are the active and the last configuration by number, name by name ({@code
 * active.seq}). Kura's types: Long for numbers, String for all else.
 */
final class KuraConfigurations {
  /** The only component. */
  static final String PID = "org.cityedge.agent";

  private static final String NAMESPACE = "http://eurotech.com/esf/2.0";
  private static final String PREFIX = "esf";

  private KuraConfigurations() {}

  static byte[] xml(JsonNode answer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      XMLStreamWriter xml =
          XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out, "UTF-8");
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeStartElement(PREFIX, "configurations", NAMESPACE);
      xml.writeNamespace(PREFIX, NAMESPACE);
      xml.writeStartElement(PREFIX, "configuration", NAMESPACE);
      xml.writeAttribute("pid", PID);
      xml.writeStartElement(PREFIX, "properties", NAMESPACE);
      properties(xml, "", answer.<ObjectNode>deepCopy().without("verb"));
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("memory does not refuse what is written", e);
    }
    return out.toByteArray();
  }

  private static void properties(XMLStreamWriter xml, String prefix, JsonNode node)
      throws XMLStreamException {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      JsonNode value = field.getValue();
      if (value.isObject()) {
        properties(xml, prefix + field.getKey() + ".", value);
      } else if (value.isTextual() || value.isIntegralNumber()) {
        property(xml, prefix + field.getKey(), value);
      }
    }
  }

  private static void property(XMLStreamWriter xml, String name, JsonNode value)
      throws XMLStreamException {
    xml.writeStartElement(PREFIX, "property", NAMESPACE);
    xml.writeAttribute("name", name);
    xml.writeAttribute("array", "false");
    xml.writeAttribute("encrypted", "false");
    xml.writeAttribute("type", value.isTextual() ? "String" : "Long");
    xml.writeStartElement(PREFIX, "value", NAMESPACE);
    xml.writeCharacters(value.asText());
    xml.writeEndElement();
    xml.writeEndElement();
  }
}
