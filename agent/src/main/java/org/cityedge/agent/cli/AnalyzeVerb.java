package org.cityedge.agent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.config.Section;
import org.cityedge.video.ModelUse;
import org.cityedge.video.Sampling;
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
                      "keyframes|FPS",
                      "Keyframes only, or analysed frames per second, 0.1..60; default "
                          + Sampling.DEFAULT_RATE
                          + ", as a camera's.")
                  .type(String.class)
                  .build())
          .addOption(
              Verb.option(
                      "--model",
                      "FILE.json",
                      "Uses the network FILE.onnx that this sidecar describes as well.")
                  .type(Path.class)
                  .build())
          .addOption(
              Verb.option(
                      "--mode",
                      "and|or|onnx|classical",
                      "What the network has to say, as a camera's models have it; default and.")
                  .type(String.class)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    String word = arguments.matchedOptionValue("--sampling", "" + Sampling.DEFAULT_RATE);
    return Analyze.run(
        arguments.matchedPositionalValue(0, Path.of("")),
        sampling(word, arguments),
        Optional.ofNullable(arguments.<Path>matchedOptionValue("--model", null)),
        mode(arguments),
        out,
        err);
  }

  private static ModelUse.Mode mode(ParseResult arguments) {
    String word = arguments.matchedOptionValue("--mode", "and");
    for (ModelUse.Mode mode : ModelUse.Mode.values()) {
      if (Section.wordFor(mode).equals(word)) {
        return mode;
      }
    }
    throw new ParameterException(
        arguments.commandSpec().commandLine(),
        "--mode must be and, or, onnx or classical, was " + word);
  }

  private static Sampling sampling(String word, ParseResult arguments) {
    try {
      return word.equals("keyframes")
          ? Sampling.keyframes(Sampling.DEFAULT_RATE)
          : Sampling.rate(Double.parseDouble(word));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "--sampling must be keyframes or 0.1..60 frames per second, was " + word,
          e);
    }
  }
}
