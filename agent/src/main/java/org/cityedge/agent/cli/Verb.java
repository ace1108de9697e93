package org.cityedge.agent.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** One verb of the program. */
public interface Verb {
  int OK = 0;
  int WARNING = 1;
  int FAILURE = 2;

  /** Name, options and one line of description; the same object at every call. */
  CommandSpec spec();

  /**
   * Does it.
   *
   * @return the exit code: {@link #OK}, {@link #WARNING} or {@link #FAILURE}
   */
  int run(ParseResult arguments, PrintWriter out, PrintWriter err);

  /** A specification with what every verb has. */
  static CommandSpec named(String name, String description) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(description);
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Shows this help.").build());
    return spec;
  }

  static OptionSpec.Builder option(String name, String label, String description) {
    return OptionSpec.builder(name).paramLabel(label).description(description);
  }
}
