package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.cityedge.agent.Version;
import org.cityedge.config.Section;

/**
 * What doctor found, for people and programs.
 *
 * @param gateway its id, or {@code ?} without a configuration
 * @param at the gateway's wall clock
 * @param seconds how long it took
 */
public record Report(String gateway, Instant at, double seconds, List<Finding> findings) {
  public Report {
    findings = List.copyOf(findings);
  }

  /**
   * One finding after the other in one language; what is wrong has its cure below it.
   *
   * @param language of {@link Texts#LANGUAGES}
   */
  public String text(String language) {
    Texts texts = Texts.in(language);
    StringBuilder out = new StringBuilder();
    for (Finding finding : findings) {
      out.append(sign(finding.mark())).append(' ').append(texts.title(finding.check()));
      if (!finding.subject().isEmpty()) {
        out.append(" [").append(finding.subject()).append(']');
      }
      out.append("  ").append(texts.cause(finding)).append('\n');
      if (finding.mark().compareTo(Mark.WARN) >= 0) {
        texts.cure(finding).ifPresent(cure -> out.append("    → ").append(cure).append('\n'));
        finding.detail().lines().forEach(line -> out.append("    · ").append(line).append('\n'));
      }
    }
    return out.append(summary(language)).append('\n').toString();
  }

  private String summary(String language) {
    Texts texts = Texts.in(language);
    StringBuilder out = new StringBuilder();
    count()
        .forEach(
            (mark, count) ->
                out.append(out.isEmpty() ? "" : ", ")
                    .append(texts.word(mark))
                    .append(' ')
                    .append(count));
    return out.append(String.format(Locale.ROOT, "  (%.1f s)", seconds)).toString();
  }

  private Map<Mark, Long> count() {
    Map<Mark, Long> counts = new LinkedHashMap<>();
    for (Mark mark : List.of(Mark.FAIL, Mark.WARN, Mark.PASS, Mark.SKIP)) {
      counts.put(mark, findings.stream().filter(finding -> finding.mark() == mark).count());
    }
    return counts;
  }

  /**
   * What is not well, the worst first.
   *
   * @param most more than these are left out
   */
  public ArrayNode troubles(String language, int most) {
    Texts texts = Texts.in(language);
    ArrayNode list = JsonMapper.builder().build().createArrayNode();
    findings.stream()
        .filter(finding -> finding.mark().compareTo(Mark.WARN) >= 0)
        .sorted(Comparator.comparing(Finding::mark).reversed())
        .limit(most)
        .forEach(
            finding -> {
              ObjectNode entry = list.addObject();
              entry.put("check", finding.check()).put("mark", Section.wordFor(finding.mark()));
              entry.put("subject", finding.subject()).put("code", finding.diagnosis().name());
              entry.put("cause", texts.cause(finding));
              texts.cure(finding).ifPresent(cure -> entry.put("cure", cure));
            });
    return list;
  }

  /** One object; every sentence in both languages. */
  public String json() {
    ObjectNode out = JsonMapper.builder().build().createObjectNode();
    out.put("gateway", gateway).put("at", at.toString()).put("version", Version.agent());
    out.put("seconds", Math.round(seconds * 10) / 10.0);
    out.put("result", Section.wordFor(Doctor.worst(findings)));
    ArrayNode list = out.putArray("findings");
    for (Finding finding : findings) {
      ObjectNode entry = list.addObject();
      entry.put("check", finding.check()).put("mark", Section.wordFor(finding.mark()));
      if (!finding.subject().isEmpty()) {
        entry.put("subject", finding.subject());
      }
      entry.put("code", finding.diagnosis().name());
      for (String language : Texts.LANGUAGES) {
        Texts texts = Texts.in(language);
        ObjectNode words = entry.putObject(language);
        words.put("title", texts.title(finding.check())).put("cause", texts.cause(finding));
        texts.cure(finding).ifPresent(cure -> words.put("cure", cure));
      }
      if (!finding.detail().isEmpty()) {
        entry.put("detail", finding.detail());
      }
    }
    return out.toString();
  }

  /**
   * One file for a browser, without anything from elsewhere; fits a phone, light and dark, and
   * prints. What is wrong comes first, that language first which was asked for.
   */
  public String html(String language) {
    List<String> order =
        Texts.LANGUAGES.stream()
            .sorted(Comparator.comparing(one -> !one.equals(language)))
            .toList();
    Mark worst = Doctor.worst(findings);
    StringBuilder rows = new StringBuilder();
    findings.stream()
        .sorted(Comparator.comparingInt(finding -> rank(finding.mark())))
        .forEach(finding -> row(rows, finding, order));
    return """
        <!doctype html>
        <html lang="%s">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>%s %s</title>
        <style>
        :root{color-scheme:light dark;--line:#8884;--pass:#18794e;--warn:#9a6700;--fail:#c4161c;--skip:#6b6b6b}
        @media(prefers-color-scheme:dark){:root{--pass:#3dd68c;--warn:#ffca16;--fail:#ff6369;--skip:#a0a0a0}}
        body{font:16px/1.45 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:46rem;padding:1rem}
        h1{font-size:1.25rem;margin:.2rem 0}.sum{margin:0 0 1rem}.light{display:inline-block;padding:.15rem .7rem;border-radius:1rem;color:#fff}
        section{border-top:1px solid var(--line);padding:.6rem 0 .6rem .8rem;border-left:.35rem solid;margin-bottom:.4rem;break-inside:avoid}
        h2{font-size:1rem;margin:0}p{margin:.2rem 0;overflow-wrap:anywhere}.other{opacity:.75;font-size:.875rem}.cure::before{content:"→ "}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;opacity:.8;margin:.3rem 0 0}.id{font-weight:400;opacity:.75;overflow-wrap:anywhere}
        .pass{border-left-color:var(--pass)}.warn{border-left-color:var(--warn)}.fail{border-left-color:var(--fail)}.skip{border-left-color:var(--skip)}
        .light.pass{background:#18794e}.light.warn{background:#9a6700}.light.fail{background:#c4161c}
        </style>
        <h1>%s · %s</h1>
        <p class="sum"><span class="light %s">%s</span> %s<br><span class="other">%s · %s · %s</span></p>
        %s</html>
        """
        .formatted(
            order.getFirst().equals("zh") ? "zh-CN" : "en",
            escaped(gateway),
            Texts.in(order.getFirst()).heading(),
            escaped(gateway),
            Texts.in(order.getFirst()).heading(),
            Section.wordFor(worst),
            Texts.in(order.getFirst()).word(worst),
            escaped(summary(order.getFirst())),
            escaped(summary(order.getLast())),
            at.truncatedTo(ChronoUnit.SECONDS),
            escaped(Version.agent()),
            rows);
  }

  private static String sign(Mark mark) {
    return switch (mark) {
      case PASS -> "✓";
      case SKIP -> "–";
      case WARN -> "!";
      case FAIL -> "✗";
    };
  }

  private static int rank(Mark mark) {
    return switch (mark) {
      case FAIL -> 0;
      case WARN -> 1;
      case PASS -> 2;
      case SKIP -> 3;
    };
  }

  private static void row(StringBuilder out, Finding finding, List<String> order) {
    Texts first = Texts.in(order.getFirst());
    Texts other = Texts.in(order.getLast());
    out.append("<section class=\"").append(Section.wordFor(finding.mark())).append("\"><h2>");
    out.append(sign(finding.mark())).append(' ');
    out.append(escaped(first.title(finding.check())));
    out.append(" <span class=\"id\">").append(escaped(other.title(finding.check())));
    if (!finding.subject().isEmpty()) {
      out.append(" · ").append(escaped(finding.subject()));
    }
    out.append("</span></h2>\n");
    sentences(out, first, finding, "");
    sentences(out, other, finding, "other ");
    if (!finding.detail().isEmpty()) {
      out.append("<pre>").append(escaped(finding.detail())).append("</pre>");
    }
    out.append("</section>\n");
  }

  private static void sentences(StringBuilder out, Texts texts, Finding finding, String style) {
    out.append("<p class=\"").append(style).append("cause\">");
    out.append(escaped(texts.cause(finding))).append("</p>");
    texts
        .cure(finding)
        .ifPresent(
            cure ->
                out.append("<p class=\"")
                    .append(style)
                    .append("cure\">")
                    .append(escaped(cure))
                    .append("</p>"));
    out.append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
