package org.cityedge.config;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A YAML document as JSON (RFC 8259), on one line, members in their order. */
final class JsonText {
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

  private JsonText() {}

  static String of(Node node) {
    return switch (node) {
      case MappingNode mapping ->
          mapping.getValue().stream()
              .map(entry -> key(entry.getKeyNode()) + ":" + of(entry.getValueNode()))
              .collect(Collectors.joining(",", "{", "}"));
      case SequenceNode sequence ->
          sequence.getValue().stream().map(JsonText::of).collect(Collectors.joining(",", "[", "]"));
      case ScalarNode scalar -> scalar(scalar);
      default -> throw new IllegalArgumentException("no node of a document: " + node.getNodeType());
    };
  }

  private static String key(Node node) {
    return quoted(node instanceof ScalarNode scalar ? scalar.getValue() : "");
  }

  /** As YAML's core schema resolves it, where JSON can write the same. */
  private static String scalar(ScalarNode node) {
    String text = node.getValue();
    Tag tag = node.getTag();
    boolean number = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
    if (tag.equals(Tag.NULL)) {
      return "null";
    }
    if (tag.equals(Tag.BOOL) || (number && NUMBER.matcher(text).matches())) {
      return text;
    }
    return quoted(text);
  }

  /** As JSON and YAML both read it: what YAML cannot carry (1.2.2 §5.1) is escaped. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
              } else if (isPlain(c)) {
                out.appendCodePoint(c);
              } else {
                out.append("\\u%04x".formatted(c));
              }
            });
    return out.append('"').toString();
  }

  /** Line and paragraph separators and the byte order mark are read in more than one way. */
  private static boolean isPlain(int c) {
    return (c >= 0x20 && c < 0x7f)
        || (c >= 0xa0 && c < 0xd800 && c != 0x2028 && c != 0x2029)
        || (c >= 0xe000 && c < 0xfffe && c != 0xfeff)
        || c > 0xffff;
  }
}
