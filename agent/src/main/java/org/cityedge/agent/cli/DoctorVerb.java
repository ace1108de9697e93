package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.cityedge.agent.Logging;
import org.cityedge.agent.doctor.Doctor;
import org.cityedge.agent.doctor.Report;
import org.cityedge.agent.doctor.Texts;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge doctor}: looks at the whole gateway within 10 s and says what is wrong and what
 * to do, beside a running agent or without one. Exit code: 0 when all is well, 1 when something is
 * to be warned of, 2 when something fails.
 */
public final class DoctorVerb implements Verb {
  private final CommandSpec spec =
      Folders.options(
          Verb.named("doctor", "Looks at the whole gateway and says what is wrong and what to do.")
              .addOption(
                  Verb.option("--lang", "LANG", "zh or en; default zh.").type(String.class).build())
              .addOption(
                  Verb.option("--only", "CHECK", "Only this check; may be given several times.")
                      .type(List.class)
                      .auxiliaryTypes(String.class)
                      .build())
              .addOption(
                  Verb.option("--report", "FILE", "Writes an HTML page as well, in both languages.")
                      .type(Path.class)
                      .build())
              .addOption(
                  Verb.option("--json", "", "One JSON object.").type(boolean.class).build()));

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    String language = arguments.matchedOptionValue("--lang", "zh");
    if (!Texts.LANGUAGES.contains(language)) {
      throw new ParameterException(
          spec.commandLine(), "--lang must be zh or en, was \"" + language + "\"");
    }
    List<String> only = arguments.matchedOptionValue("--only", List.of());
    for (String check : only) {
      if (!Doctor.checks().contains(check)) {
        throw new ParameterException(
            spec.commandLine(),
            "there is no check \"" + check + "\"; checks: " + String.join(", ", Doctor.checks()));
      }
    }
    Logging.silence();
    try {
      Folders folders = Folders.of(arguments);
      Report report = Doctor.examine(folders.config(), folders.data(), folders.run(), only);
      out.print(
          arguments.matchedOptionValue("--json", false)
              ? report.json() + System.lineSeparator()
              : report.text(language));
      out.flush();
      if (arguments.hasMatchedOption("--report")) {
        Files.writeString(
            arguments.matchedOptionValue("--report", Path.of("")), report.html(language));
      }
      return switch (Doctor.worst(report.findings())) {
        case PASS, SKIP -> OK;
        case WARN -> WARNING;
        case FAIL -> FAILURE;
      };
    } catch (IOException e) {
      err.println("cityedge: the report cannot be written: " + e);
      return FAILURE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILURE;
    }
  }
}
