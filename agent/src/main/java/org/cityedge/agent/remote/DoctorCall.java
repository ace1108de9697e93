package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.cityedge.agent.doctor.Doctor;
import org.cityedge.agent.doctor.Report;
import org.cityedge.agent.doctor.Texts;
import org.cityedge.config.Section;

/**
 * {@code doctor}: {@code {"only":["broker-tcp"],"lang":"en"}}, both may be absent; looks at the
 * whole gateway, which takes up to 10 s, and answers with what is not well.
 *
 * @param factory the factory document
 * @param data the data folder
 * @param run the run folder
 */
public record DoctorCall(Path factory, Path data, Path run) implements Function<JsonNode, Answer> {
  /** Of the worst, so that the answer stays below 64 KiB (wire.md §2). */
  private static final int MOST_FINDINGS = 60;

  @Override
  public Answer apply(JsonNode request) {
    String language = request.path("lang").asText("zh");
    List<String> only = new ArrayList<>();
    request.path("only").forEach(check -> only.add(check.asText()));
    if (!Texts.LANGUAGES.contains(language)) {
      return new Answer.Refused("BAD_REQUEST", "lang must be zh or en");
    }
    if (!Doctor.checks().containsAll(only)) {
      return new Answer.Refused(
          "BAD_REQUEST", "only must name checks: " + String.join(", ", Doctor.checks()));
    }
    return new Answer.Later(
        "doctor", () -> answer(Doctor.examine(factory, data, run, only), language));
  }

  private static Answer.Now answer(Report report, String language) {
    return new Answer.Done(
        Map.of(
            "result",
            Section.wordFor(Doctor.worst(report.findings())),
            "seconds",
            Math.round(report.seconds() * 10) / 10.0,
            "checks",
            report.findings().size(),
            "findings",
            report.troubles(language, MOST_FINDINGS)));
  }
}
