package org.cityedge.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of a document, read key by key. Each accessor names what it allows; a value that does
 * not fit is recorded as a problem and the accessor returns a harmless stand-in, so that reading
 * goes on and finds the next problem as well. A key that nobody read by the end is a problem too: a
 * typing error must not mean the default.
 *
 * <p>Several modules may read their keys from the same section. Confined to the loading thread.
 */
public final class Section {
  private static final Pattern ID = Pattern.compile("[a-z0-9-]{1,32}");

  /** RFC 9293 §3.1: 16 bits. */
  private static final int MAX_PORT = 65_535;

  /** Turns a node into a value, or records a problem and returns null. */
  private interface ValueReader<T> {
    @Nullable T read(Node node);
  }

  private final String path;
  private final int line;
  private final Problems problems;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> keyLines = new LinkedHashMap<>();
  private final Set<String> read = new LinkedHashSet<>();
  private final Map<String, List<Section>> children = new LinkedHashMap<>();

  Section(String path, MappingNode node, Problems problems) {
    this.path = path;
    this.line = lineOf(node);
    this.problems = problems;
    for (NodeTuple tuple : node.getValue()) {
      String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
      int keyLine = lineOf(tuple.getKeyNode());
      if (values.putIfAbsent(key, tuple.getValueNode()) == null) {
        keyLines.put(key, keyLine);
      } else {
        problems.add(
            at(key), keyLine, "the key is there twice, first in line " + keyLines.get(key));
      }
    }
  }

  /** Where this section stands: {@code sensors[2]}; empty for the root. */
  public String path() {
    return path;
  }

  /**
   * Whether the key is there with a value; {@code key:} alone and {@code key: null} count as
   * absent.
   */
  public boolean has(String key) {
    return value(key) != null;
  }

  /** Whether the key holds a mapping, and not a word, a list or nothing. */
  public boolean isMapping(String key) {
    return value(key) instanceof MappingNode;
  }

  /** Records a problem of this section's own, such as two keys that contradict each other. */
  public void problem(String key, String message) {
    problems.add(key.isEmpty() ? path : at(key), keyLines.getOrDefault(key, line), message);
  }

  /** A text of 1 to 256 characters. */
  public String text(String key) {
    return required(key, "a text", "?", node -> textOf(key, node));
  }

  /** A text of 1 to 256 characters, or the fallback. */
  public String text(String key, String fallback) {
    return optional(key, node -> textOf(key, node)).orElse(fallback);
  }

  public Optional<String> optionalText(String key) {
    return optional(key, node -> textOf(key, node));
  }

  /** A text that matches a pattern; {@code allowed} says in words what the pattern wants. */
  public Optional<String> optionalText(String key, Pattern pattern, String allowed) {
    return optional(key, node -> matching(key, node, pattern, allowed));
  }

  /** A text that matches a pattern; {@code allowed} says in words what the pattern wants. */
  public String text(String key, Pattern pattern, String allowed) {
    return required(key, allowed, "?", node -> matching(key, node, pattern, allowed));
  }

  /** An identifier as topics carry it: {@code [a-z0-9-]{1,32}} (wire.md §1). */
  public String id(String key) {
    return text(key, ID, "1 to 32 of a-z, 0-9 and -");
  }

  /** A list of texts, empty when absent. */
  public List<String> texts(String key) {
    List<String> out = new ArrayList<>();
    for (Node node : items(key)) {
      String text = textOf(key, node);
      if (text != null) {
        out.add(text);
      }
    }
    return List.copyOf(out);
  }

  public boolean flag(String key, boolean fallback) {
    return optional(
            key,
            node ->
                switch (scalar(node)) {
                  case "true" -> true;
                  case "false" -> false;
                  default -> wrong(key, node, "true or false");
                })
        .orElse(fallback);
  }

  public int integer(String key, int min, int max) {
    return required(
        key,
        "a whole number " + Units.range(min, max),
        min,
        node -> integerOf(key, node, min, max));
  }

  public int integer(String key, int min, int max, int fallback) {
    return optional(key, node -> integerOf(key, node, min, max)).orElse(fallback);
  }

  /** As {@link #integer(String, int, int)}, for larger numbers; {@code min} stands in. */
  public long whole(String key, long min, long max) {
    return required(
        key,
        "a whole number " + min + ".." + max,
        min,
        node -> {
          try {
            long value = Long.parseLong(scalar(node));
            if (value >= min && value <= max) {
              return value;
            }
          } catch (NumberFormatException e) {
            // reported below, together with the range
          }
          return wrong(key, node, "a whole number " + min + ".." + max);
        });
  }

  public double number(String key, double min, double max) {
    return required(
        key, "a number " + Units.range(min, max), min, node -> numberOf(key, node, min, max));
  }

  public double number(String key, double min, double max, double fallback) {
    return optional(key, node -> numberOf(key, node, min, max)).orElse(fallback);
  }

  public Optional<Double> optionalNumber(String key, double min, double max) {
    return optional(key, node -> numberOf(key, node, min, max));
  }

  /**
   * A list of points, each a pair of numbers in the given range: {@code [[0.1, 0.2], [0.9, 0.2]]};
   * empty when absent.
   */
  public List<double[]> points(String key, double min, double max) {
    List<double[]> out = new ArrayList<>();
    for (Node node : items(key)) {
      if (node instanceof SequenceNode pair && pair.getValue().size() == 2) {
        Double x = numberOf(key, pair.getValue().get(0), min, max);
        Double y = numberOf(key, pair.getValue().get(1), min, max);
        if (x != null && y != null) {
          out.add(new double[] {x, y});
        }
      } else {
        problems.add(
            at(key), lineOf(node), "must be a list of pairs [x, y], each " + Units.range(min, max));
      }
    }
    return List.copyOf(out);
  }

  /** A duration with its unit, {@code 250ms}, {@code 5s}, {@code 2m}, {@code 1h}, {@code 7d}. */
  public Duration duration(String key, Duration min, Duration max, Duration fallback) {
    return optional(key, node -> durationOf(key, node, min, max)).orElse(fallback);
  }

  public Optional<Duration> optionalDuration(String key, Duration min, Duration max) {
    return optional(key, node -> durationOf(key, node, min, max));
  }

  /** A number of bytes with its unit, {@code 900B}, {@code 64KiB}, {@code 512MiB}, {@code 2GiB}. */
  public long bytes(String key, long min, long max, long fallback) {
    return optional(
            key,
            node -> {
              Long value = Units.bytes(scalar(node));
              return value != null && value >= min && value <= max
                  ? value
                  : wrong(
                      key,
                      node,
                      "a size such as 64KiB or 512MiB, "
                          + Units.text(min)
                          + ".."
                          + Units.text(max));
            })
        .orElse(fallback);
  }

  /** One of the enum's words, written in lower case with hyphens. */
  public <E extends Enum<E>> E word(String key, Class<E> type) {
    return required(
        key,
        "one of " + Units.words(type),
        type.getEnumConstants()[0],
        node -> wordOf(key, node, type));
  }

  /** One of the enum's words, or the fallback. */
  public <E extends Enum<E>> E word(String key, Class<E> type, E fallback) {
    return optional(key, node -> wordOf(key, node, type)).orElse(fallback);
  }

  /**
   * An absolute URI with one of the schemes. Its user information is refused: secrets are named by
   * reference only.
   */
  public URI uri(String key, String... schemes) {
    return required(
        key,
        "a URI " + String.join(":// or ", schemes) + "://",
        URI.create("invalid:///"),
        n -> uriOf(key, n, schemes));
  }

  /** A list of URIs as {@link #uri}; empty when absent. */
  public List<URI> uris(String key, String... schemes) {
    List<URI> out = new ArrayList<>();
    for (Node node : items(key)) {
      URI uri = uriOf(key, node, schemes);
      if (uri != null) {
        out.add(uri);
      }
    }
    return List.copyOf(out);
  }

  public Optional<Section> section(String key) {
    List<Section> known = children.get(key);
    if (known != null) {
      return Optional.of(known.getFirst());
    }
    Node node = value(key);
    if (node == null) {
      return Optional.empty();
    }
    if (node instanceof MappingNode mapping) {
      Section child = new Section(at(key), mapping, problems);
      children.put(key, List.of(child));
      return Optional.of(child);
    }
    wrong(key, node, "a mapping");
    return Optional.empty();
  }

  /** A list of mappings, empty when absent. Reading it twice gives the same sections. */
  public List<Section> sections(String key) {
    List<Section> known = children.get(key);
    if (known != null) {
      return known;
    }
    List<Section> out = new ArrayList<>();
    int index = 0;
    for (Node node : items(key)) {
      String childPath = at(key) + "[" + index++ + "]";
      if (node instanceof MappingNode mapping) {
        out.add(new Section(childPath, mapping, problems));
      } else {
        problems.add(childPath, lineOf(node), "must be a mapping, was " + Units.quote(node));
      }
    }
    children.put(key, List.copyOf(out));
    return List.copyOf(out);
  }

  /** One of the enum's words; empty once a problem was recorded. */
  public <E extends Enum<E>> Optional<E> choice(String key, Class<E> type) {
    Node node = value(key);
    if (node == null) {
      problem(key, "is missing; must be one of " + Units.words(type));
      return Optional.empty();
    }
    return Optional.ofNullable(wordOf(key, node, type));
  }

  /**
   * Gives up on this section: what its other keys mean depends on one that is wrong, so they are
   * not reported as unknown.
   */
  public void ignoreRest() {
    read.addAll(values.keySet());
  }

  /** Reports the keys that nobody has read, here and below. */
  void reportUnread() {
    for (String key : values.keySet()) {
      if (!read.contains(key)) {
        problems.add(
            at(key),
            keyLines.getOrDefault(key, line),
            "the key is unknown here; known: " + String.join(", ", read));
      }
    }
    children.values().forEach(list -> list.forEach(Section::reportUnread));
  }

  private @Nullable Node value(String key) {
    read.add(key);
    Node node = values.get(key);
    return node == null || node.getTag().equals(Tag.NULL) ? null : node;
  }

  private <T> T required(String key, String allowed, T standIn, ValueReader<T> reader) {
    Node node = value(key);
    if (node == null) {
      problems.add(at(key), keyLines.getOrDefault(key, line), "is missing; must be " + allowed);
      return standIn;
    }
    T result = reader.read(node);
    return result == null ? standIn : result;
  }

  private <T> Optional<T> optional(String key, ValueReader<T> reader) {
    Node node = value(key);
    return node == null ? Optional.empty() : Optional.ofNullable(reader.read(node));
  }

  private List<Node> items(String key) {
    Node node = value(key);
    if (node == null) {
      return List.of();
    }
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    wrong(key, node, "a list");
    return List.of();
  }

  private @Nullable String textOf(String key, Node node) {
    String text = scalar(node);
    return node instanceof ScalarNode && !text.isEmpty() && text.length() <= 256
        ? text
        : wrong(key, node, "a text of 1 to 256 characters");
  }

  private @Nullable String matching(String key, Node node, Pattern pattern, String allowed) {
    String text = scalar(node);
    return node instanceof ScalarNode
            && text.chars().noneMatch(Character::isISOControl)
            && pattern.matcher(text).matches()
        ? text
        : wrong(key, node, allowed);
  }

  private @Nullable Integer integerOf(String key, Node node, int min, int max) {
    try {
      int value = Integer.parseInt(scalar(node));
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, together with the range
    }
    return wrong(key, node, "a whole number " + Units.range(min, max));
  }

  private @Nullable Double numberOf(String key, Node node, double min, double max) {
    try {
      double value = Double.parseDouble(scalar(node));
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, together with the range
    }
    return wrong(key, node, "a number " + Units.range(min, max));
  }

  private @Nullable Duration durationOf(String key, Node node, Duration min, Duration max) {
    Duration value = Units.duration(scalar(node));
    return value != null && value.compareTo(min) >= 0 && value.compareTo(max) <= 0
        ? value
        : wrong(
            key,
            node,
            "a duration such as 500ms, 5s or 2h, " + Units.text(min) + ".." + Units.text(max));
  }

  private <E extends Enum<E>> @Nullable E wordOf(String key, Node node, Class<E> type) {
    for (E constant : type.getEnumConstants()) {
      if (wordFor(constant).equals(scalar(node))) {
        return constant;
      }
    }
    return wrong(key, node, "one of " + Units.words(type));
  }

  private @Nullable URI uriOf(String key, Node node, String... schemes) {
    String text = scalar(node);
    // Asked before it is parsed: a password with an odd character is no user info by the grammar
    // any more, and would be taken for a host or quoted in the report.
    if (text.indexOf('@') >= 0) {
      problems.add(
          at(key),
          lineOf(node),
          "must not carry a user or password; use user: and passwordRef: (elsewhere @ is %40)");
      return null;
    }
    try {
      URI uri = new URI(text);
      if (uri.getPort() > MAX_PORT) {
        return wrong(key, node, "a URI with a port of at most " + MAX_PORT);
      }
      if (uri.getScheme() != null && List.of(schemes).contains(uri.getScheme())) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // reported below, together with what is allowed
    }
    return wrong(key, node, "a URI " + String.join(":// or ", schemes) + "://");
  }

  private <T> @Nullable T wrong(String key, Node node, String allowed) {
    // Who writes the secret itself in place of its name must not find it in the log or the report.
    String was =
        key.endsWith("Ref") ? "; what stands there is not shown" : ", was " + Units.quote(node);
    problems.add(at(key), lineOf(node), "must be " + allowed + was);
    return null;
  }

  private String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static String scalar(Node node) {
    return node instanceof ScalarNode s ? s.getValue() : "";
  }

  private static int lineOf(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  /**
   * How an enum constant is written in a document: {@code RATE_OF_CHANGE} is {@code
   * rate-of-change}.
   */
  public static String wordFor(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
