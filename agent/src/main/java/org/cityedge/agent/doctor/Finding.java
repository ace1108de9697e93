package org.cityedge.agent.doctor;

import java.util.Comparator;
import java.util.List;

/**
 * One result of one check.
 *
 * @param check id of the check: {@code disk-space}
 * @param subject what it is about: a sensor, a camera, a broker; empty for the gateway itself
 * @param diagnosis what was found; its sentences stand in the texts
 * @param mark the diagnosis's own, or a milder one where something else makes up for it
 * @param values what the sentences have in place of {@code {0}}, {@code {1}}, …; free of secrets
 * @param detail what a program or the kernel said, in its own words and free of secrets; may be
 *     empty
 */
public record Finding(
    String check,
    String subject,
    Diagnosis diagnosis,
    Mark mark,
    List<String> values,
    String detail) {
  /** The order of a report: by check, then the worst first. */
  static final Comparator<Finding> ORDER =
      Comparator.<Finding>comparingInt(finding -> Checks.place(finding.check()))
          .thenComparing(Finding::mark, Comparator.reverseOrder());

  private static final int MOST_DETAIL = 400;

  public Finding {
    values = List.copyOf(values);
    detail = detail.length() > MOST_DETAIL ? detail.substring(0, MOST_DETAIL) + "…" : detail;
  }

  static Finding of(String check, Diagnosis diagnosis, Object... values) {
    return of(check, "", diagnosis, values);
  }

  static Finding of(String check, String subject, Diagnosis diagnosis, Object... values) {
    List<String> texts = java.util.Arrays.stream(values).map(String::valueOf).toList();
    return new Finding(check, subject, diagnosis, diagnosis.mark(), texts, "");
  }

  /** The same with somebody's own words. */
  Finding quoting(String words) {
    return new Finding(check, subject, diagnosis, mark, values, words);
  }

  /** At most a warning. */
  Finding milder() {
    return new Finding(
        check, subject, diagnosis, mark == Mark.FAIL ? Mark.WARN : mark, values, detail);
  }
}
