package org.cityedge.config;

import java.util.List;
import java.util.stream.Collectors;

/** A document that cannot be used, with every problem found in it. */
public final class ConfigException extends Exception {
  private final List<Problem> problems;

  /**
   * @param source what was read, for the first line of the text
   * @param problems at least one
   */
  public ConfigException(String source, List<Problem> problems) {
    super(
        source
            + ": "
            + problems.size()
            + (problems.size() == 1 ? " problem" : " problems")
            + problems.stream().map(p -> "\n  " + p).collect(Collectors.joining()));
    this.problems = List.copyOf(problems);
  }

  /** In the order of their lines, at most 101. */
  public List<Problem> problems() {
    return problems;
  }
}
