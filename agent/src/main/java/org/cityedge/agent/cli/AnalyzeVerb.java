package org.cityedge.agent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code cityedge analyze}: the detectors over a recorded clip. */
public final class AnalyzeVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("analyze", "Runs the detectors over a recorded clip, as a live camera would.")
          .addPositional(
              PositionalParamSpec.builder()
                  .index("0")
                  .paramLabel("FILE")
                  .type(Path.class)
                  .required(true)
                  .description("The clip.")
                  .build())
          .addOption(
              Verb.option("--json", "", "One JSON object a line (the only format so far).")
                  .type(boolean.class)
                  .build())
          .addOption(
              Verb.option(
                      "--sampling",
                      "FPS",
                      "Analysed frames per second, 0.1..60; default "
                          + Analyze.DEFAULT_FRAMES_PER_SECOND
                          + ".")
                  .type(double.class)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    double sampling = arguments.matchedOptionValue("--sampling", Analyze.DEFAULT_FRAMES_PER_SECOND);
    if (!(sampling >= 0.1 && sampling <= 60)) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "--sampling must be 0.1..60 frames per second, was " + sampling);
    }
    return Analyze.run(arguments.matchedPositionalValue(0, Path.of("")), sampling, out, err);
  }
}
