package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.Problem;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.Version;

/**
 * What {@code G/config/reported} says: the active configuration, the last attempt and its result.
 *
 * @param active empty for the factory document
 * @param attempt the order that this is about; empty when there was none
 * @param problems of the document that was refused
 * @param warnings what the dry run found and passed over
 * @param refused orders that were refused since the process began (config.md §4 row 1)
 */
record Report(
    Optional<Version> active,
    Optional<Outcome> attempt,
    List<Problem> problems,
    List<String> warnings,
    long refused) {
  /** Pointers that are listed (config.md §4 row 8). */
  static final int MOST_POINTERS = 20;

  private static final int MOST_TEXT = 160;
  private static final int MOST_BYTES = 8 * 1024;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern INDEX = Pattern.compile("\\[(\\d+)\\]");

  public Report {
    problems = problems.stream().limit(MOST_POINTERS).toList();
    warnings = warnings.stream().limit(MOST_POINTERS).toList();
  }

  /** JSON, at most 8 KiB: what does not fit of problems and warnings is left off. */
  public byte[] json() {
    byte[] out = document();
    if (out.length <= MOST_BYTES) {
      return out;
    }
    return new Report(active, attempt, half(problems), half(warnings), refused).json();
  }

  private static <T> List<T> half(List<T> list) {
    return list.subList(0, list.size() / 2);
  }

  private byte[] document() {
    ObjectNode out = JSON.createObjectNode();
    ObjectNode now = out.putObject("active");
    now.put("epoch", active.map(Version::epoch).orElse(0))
        .put("seq", active.map(Version::sequence).orElse(0L));
    active.ifPresent(version -> now.put("sha256", version.sha256()));
    attempt.ifPresent(outcome -> attempt(out.putObject("attempt"), outcome));
    if (refused > 0) {
      out.put("refused", refused);
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void attempt(ObjectNode out, Outcome outcome) {
    out.put("epoch", outcome.epoch())
        .put("seq", outcome.sequence())
        .put("state", outcome.state().word());
    if (!outcome.code().isEmpty()) {
      out.put("code", outcome.code());
    }
    if (!outcome.detail().isEmpty()) {
      out.put("detail", outcome.detail());
    }
    if (!problems.isEmpty()) {
      ArrayNode list = out.putArray("problems");
      for (Problem problem : problems) {
        list.addObject()
            .put("pointer", cut(pointer(problem.path())))
            .put("message", cut(problem.message()));
      }
    }
    if (!warnings.isEmpty()) {
      ArrayNode list = out.putArray("warnings");
      warnings.forEach(warning -> list.add(cut(warning)));
    }
  }

  /** {@code config.sensors[2].period} as a JSON Pointer (RFC 6901). */
  static String pointer(String path) {
    if (path.isEmpty()) {
      return "";
    }
    String escaped = path.replace("~", "~0").replace("/", "~1");
    return "/" + INDEX.matcher(escaped).replaceAll("/$1").replace('.', '/');
  }

  private static String cut(String text) {
    return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT - 1) + "…";
  }
}
