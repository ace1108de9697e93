package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
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

  /** What the second word of a command line does. */
  @FunctionalInterface
  interface Second {
    int run(ParseResult arguments) throws IOException, ConfigException, InterruptedException;
  }

  /**
   * Runs the second word of the command line; what it throws is told in one line.
   *
   * @param question what to say when there is none
   */
  static int second(
      ParseResult arguments, PrintWriter out, PrintWriter err, String question, Second second) {
    Optional<ParseResult> word = subcommand(arguments, out, question);
    if (word.isEmpty()) {
      return OK;
    }
    try {
      return second.run(word.get());
    } catch (NoSuchFileException e) {
      err.println("cityedge: there is no file " + e.getFile());
    } catch (FileAlreadyExistsException e) {
      err.println("cityedge: " + e.getFile() + " is there already; it is not overwritten");
    } catch (AccessDeniedException e) {
      err.println("cityedge: " + e.getFile() + " must not be read or written by this user");
    } catch (IOException | ConfigException e) {
      err.println("cityedge: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return FAILURE;
  }

  /**
   * A whole number.
   *
   * @throws ParameterException when it is not {@code least..most}
   */
  static int number(ParseResult arguments, String option, int least, int most, int standard) {
    int number = arguments.matchedOptionValue(option, standard);
    if (number < least || number > most) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "%s must be %d..%d, was %d".formatted(option, least, most, number));
    }
    return number;
  }

  /** The file that comes first on the command line, and must. */
  static PositionalParamSpec file(String label, String description) {
    return PositionalParamSpec.builder()
        .index("0")
        .paramLabel(label)
        .type(Path.class)
        .required(true)
        .description(description)
        .build();
  }

  static OptionSpec.Builder option(String name, String label, String description) {
    return OptionSpec.builder(name).paramLabel(label).description(description);
  }
}
