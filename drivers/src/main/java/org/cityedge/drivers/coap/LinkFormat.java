package org.cityedge.drivers.coap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads what {@code /.well-known/core} says, the CoRE Link Format (RFC 6690 §2):
 *
 * <pre>{@code
 * </sensors/temp>;rt="temperature-c";if="sensor";ct=110;obs,</firmware>;title="a, b;c"
 * }</pre>
 *
 * <p>At most 512 links of 32 attributes each. Blanks and line ends between links are let pass,
 * which the grammar does not have but servers write.
 */
final class LinkFormat {
  static final int MOST_LINKS = 512;
  static final int MOST_ATTRIBUTES = 32;

  /** RFC 6690 §2, ptoken without the quote, and RFC 5987 §3.2.1, parmname. */
  private static final String TOKEN = "!#$%&'()*+-./:<=>?@[]^_`{|}~";

  private static final String NAME = "!#$&+-.^_`|~*";

  private final String text;
  private int at;

  private LinkFormat(String text) {
    this.text = text;
  }

  /** The links in the text's order; of an attribute that is there twice the first counts. */
  static List<Link> parse(String text) throws MalformedPayload {
    LinkFormat in = new LinkFormat(text);
    List<Link> links = new ArrayList<>();
    in.skipBlanks();
    while (in.at < text.length()) {
      if (links.size() == MOST_LINKS) {
        throw in.wrong("at most " + MOST_LINKS + " links");
      }
      links.add(in.link());
      if (in.at < text.length()) {
        in.expect(',');
        in.skipBlanks();
      }
    }
    return List.copyOf(links);
  }

  private Link link() throws MalformedPayload {
    expect('<');
    int end = text.indexOf('>', at);
    if (end < 0) {
      throw wrong("a target that ends with >");
    }
    String target = text.substring(at, end);
    at = end + 1;
    Map<String, String> attributes = new LinkedHashMap<>();
    skipBlanks();
    while (at < text.length() && text.charAt(at) == ';') {
      at++;
      skipBlanks();
      if (attributes.size() == MOST_ATTRIBUTES) {
        throw wrong("at most " + MOST_ATTRIBUTES + " attributes");
      }
      String name = run(NAME, "the name of an attribute");
      String value = "";
      if (at < text.length() && text.charAt(at) == '=') {
        at++;
        value = at < text.length() && text.charAt(at) == '"' ? quoted() : run(TOKEN, "a value");
      }
      attributes.putIfAbsent(name, value);
      skipBlanks();
    }
    return new Link(target, attributes);
  }

  private String run(String others, String wanted) throws MalformedPayload {
    int start = at;
    while (at < text.length() && (isAlphanumeric(text.charAt(at)) || isOneOf(others))) {
      at++;
    }
    if (at == start) {
      throw wrong(wanted);
    }
    return text.substring(start, at);
  }

  private boolean isOneOf(String others) {
    return others.indexOf(text.charAt(at)) >= 0;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /** A quoted-string; a backslash takes the next character as it is (RFC 2616 §2.2). */
  private String quoted() throws MalformedPayload {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != '"') {
      if (text.charAt(at) == '\\' && at + 1 < text.length()) {
        at++;
      }
      value.append(text.charAt(at++));
    }
    expect('"');
    return value.toString();
  }

  private void expect(char wanted) throws MalformedPayload {
    if (at >= text.length() || text.charAt(at) != wanted) {
      throw wrong(String.valueOf(wanted));
    }
    at++;
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private MalformedPayload wrong(String wanted) {
    String was =
        at < text.length() ? MalformedPayload.quote(text.substring(at)) : "the end of the text";
    return new MalformedPayload(
        "link format at character " + at + ": must have " + wanted + ", was " + was);
  }
}
