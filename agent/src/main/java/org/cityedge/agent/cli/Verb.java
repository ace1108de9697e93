package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
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
  static CommandSpec named(String name, String... description) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(description);
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Shows this help.").build());
    return spec;
  }

  /**
   * The second word of the command line.
   *
   * @param question what to say when there is none
   * @return empty when it was asked for its help, which is printed
   * @throws ParameterException when there is none
   */
  static Optional<ParseResult> subcommand(ParseResult arguments, PrintWriter out, String question) {
    ParseResult verb = arguments.subcommand();
    if (verb == null) {
      throw new ParameterException(arguments.commandSpec().commandLine(), question);
    }
    if (verb.isUsageHelpRequested()) {
      verb.commandSpec().commandLine().usage(out);
      return Optional.empty();
    }
    return Optional.of(verb);
  }

  /** What one second word does. */
  @FunctionalInterface
  interface Second {
    /**
     * @return the exit code
     */
    int run(ParseResult arguments) throws IOException, ConfigException, InterruptedException;
  }

  /**
   * Does what the second word of the command line says, and tells a fault as one line.
   *
   * @param question what to say when there is none
   * @param verbs each second word that the specification has
   * @return the exit code; {@link #FAILURE} when a file, the configuration or the broker refuses
   * @throws ParameterException when there is none
   */
  static int second(
      ParseResult arguments,
      PrintWriter out,
      PrintWriter err,
      String question,
      Map<String, Second> verbs) {
    Optional<ParseResult> word = subcommand(arguments, out, question);
    if (word.isEmpty()) {
      return OK;
    }
    try {
      return Objects.requireNonNull(verbs.get(word.get().commandSpec().name())).run(word.get());
    } catch (ConfigException e) {
      err.println(e.getMessage());
    } catch (IOException e) {
      err.println("cityedge: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return FAILURE;
  }

  static OptionSpec.Builder option(String name, String label, String description) {
    return OptionSpec.builder(name).paramLabel(label).description(description);
  }
}
