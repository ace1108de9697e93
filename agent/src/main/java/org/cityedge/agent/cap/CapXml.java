package org.cityedge.agent.cap;

import java.io.Writer;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes CAP's elements, indented; one message, one thread. */
final class CapXml implements AutoCloseable {
  private static final String NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2";

  /** CAP 1.2 §3.3.2: no fraction of a second, and an offset even for UTC, never {@code Z}. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssxxx");

  private final XMLStreamWriter xml;
  private final int indent;
  private int depth;

  CapXml(Writer out, int indent) throws XMLStreamException {
    this.xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
    this.indent = indent;
    xml.writeStartDocument("UTF-8", "1.0");
  }

  static String time(OffsetDateTime at) {
    return TIME.format(at);
  }

  /** From RFC 3339, whose fraction is left out. */
  static String time(String rfc3339) {
    return time(OffsetDateTime.parse(rfc3339));
  }

  void start(String element) throws XMLStreamException {
    line();
    xml.writeStartElement(element);
    if (depth == 0) {
      xml.writeDefaultNamespace(NAMESPACE);
    }
    depth++;
  }

  void end() throws XMLStreamException {
    depth--;
    line();
    xml.writeEndElement();
  }

  void text(String element, String text) throws XMLStreamException {
    line();
    xml.writeStartElement(element);
    xml.writeCharacters(allowed(text));
    xml.writeEndElement();
  }

  void pair(String element, String name, String value) throws XMLStreamException {
    start(element);
    text("valueName", name);
    text("value", value);
    end();
  }

  private void line() throws XMLStreamException {
    xml.writeCharacters("\n" + " ".repeat(indent * depth));
  }

  /** A name may hold what XML 1.0 §2.2 has no place for, escaped or not. */
  private static String allowed(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().map(c -> isChar(c) ? c : 0xFFFD).forEach(out::appendCodePoint);
    return out.toString();
  }

  private static boolean isChar(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }

  @Override
  public void close() throws XMLStreamException {
    xml.writeEndDocument();
    xml.close();
  }
}
