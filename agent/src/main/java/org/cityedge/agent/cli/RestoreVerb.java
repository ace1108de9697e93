package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Restore;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code cityedge restore}: a backup in the place of the event store of a stopped agent. */
public final class RestoreVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("restore", "Puts a backup in the event store's place; the agent must be stopped.")
          .addPositional(
              PositionalParamSpec.builder()
                  .index("0")
                  .paramLabel("FILE")
                  .type(Path.class)
                  .required(true)
                  .description("The backup, as cityedge backup has written it.")
                  .build())
          .addOption(
              Verb.option("--data", "DIR", "The agent's data folder.")
                  .type(Path.class)
                  .required(true)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Path backup = arguments.matchedPositionalValue(0, Path.of(""));
    Path data = arguments.matchedOptionValue("--data", Path.of("."));
    if (!Files.isDirectory(data)) {
      err.printf("cityedge: no data folder at %s; make it, or name another with --data%n", data);
      return FAILURE;
    }
    try {
      print(
          Restore.from(backup, BufferConfig.defaults(data).file(), InstantSource.system()),
          backup,
          out);
      return OK;
    } catch (IOException e) {
      err.println("cityedge: " + e.getMessage() + "; nothing was changed");
      return FAILURE;
    }
  }

  private static void print(Restore.Outcome outcome, Path backup, PrintWriter out) {
    out.printf("Restored from %s: %d events wait.%n", backup, outcome.account().waiting());
    outcome
        .aside()
        .ifPresent(
            aside ->
                out.printf(
                    "The store that was there is kept as %s; of such the newest %d stay.%n",
                    aside, Restore.MOST_ASIDE));
    if (outcome.guessed()) {
      out.println(
          "No store could tell the last number given out, so numbers go on after a wide margin.");
    }
    outcome
        .unknown()
        .ifPresent(
            range ->
                out.printf(
                    "The next start reports the numbers %d..%d as lost (reason corrupt): they may"
                        + " have been delivered.%n",
                    range.first(), range.last()));
  }
}
