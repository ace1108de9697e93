package org.cityedge.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Values with their unit as they are written in a document, and how they are said in a problem. */
final class Units {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");

  private Units() {}

  /** {@code 250ms}, {@code 5s}, {@code 2m}, {@code 1h}, {@code 7d}; null for anything else. */
  static @Nullable Duration duration(String text) {
    Matcher m = DURATION.matcher(text);
    if (!m.matches()) {
      return null;
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      case "m" -> Duration.ofMinutes(n);
      case "h" -> Duration.ofHours(n);
      default -> Duration.ofDays(n);
    };
  }

  /** {@code 900B}, {@code 64KiB}, {@code 512MiB}, {@code 2GiB}; null for anything else. */
  static @Nullable Long bytes(String text) {
    Matcher m = SIZE.matcher(text);
    if (!m.matches()) {
      return null;
    }
    long unit =
        switch (m.group(2)) {
          case "KiB" -> 1L << 10;
          case "MiB" -> 1L << 20;
          case "GiB" -> 1L << 30;
          default -> 1L;
        };
    return Long.parseLong(m.group(1)) * unit;
  }

  static String quote(Node node) {
    return switch (node) {
      case ScalarNode s when s.getValue().length() > 40 ->
          "\"" + s.getValue().substring(0, 40) + "…\"";
      case ScalarNode s -> "\"" + s.getValue() + "\"";
      case SequenceNode _ -> "a list";
      default -> "a mapping";
    };
  }

  static String range(Number min, Number max) {
    return plain(min) + ".." + plain(max);
  }

  private static String plain(Number n) {
    return n instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e9
        ? String.valueOf(d.longValue())
        : n.toString();
  }

  static <E extends Enum<E>> String words(Class<E> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(Section::wordFor)
        .collect(Collectors.joining(", "));
  }

  static String text(Duration d) {
    if (d.toMillis() % 1000 != 0) {
      return d.toMillis() + "ms";
    }
    long s = d.toSeconds();
    return s % 86_400 == 0 && s > 0
        ? s / 86_400 + "d"
        : s % 3600 == 0 && s > 0 ? s / 3600 + "h" : s + "s";
  }

  static String text(long bytes) {
    return bytes % (1L << 30) == 0 && bytes > 0
        ? (bytes >> 30) + "GiB"
        : bytes % (1L << 20) == 0 && bytes > 0
            ? (bytes >> 20) + "MiB"
            : bytes % 1024 == 0 && bytes > 0 ? (bytes >> 10) + "KiB" : bytes + "B";
  }
}
