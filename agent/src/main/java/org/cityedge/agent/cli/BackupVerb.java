package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.Backup;
import org.cityedge.buffer.BufferConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code cityedge backup}: the event store in one file, also beside a running agent. */
public final class BackupVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("backup", "Copies the event store to a file, also while the agent runs.")
          .addPositional(
              PositionalParamSpec.builder()
                  .index("0")
                  .paramLabel("FILE")
                  .type(Path.class)
                  .required(true)
                  .description("The backup: what waits and the books; clips are not in it.")
                  .build())
          .addOption(
              Verb.option("--data", "DIR", "The agent's data folder.")
                  .type(Path.class)
                  .required(true)
                  .build())
          .addOption(
              Verb.option("--force", "", "Replaces a file of that name.")
                  .type(boolean.class)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Path file = arguments.matchedPositionalValue(0, Path.of(""));
    Path store = BufferConfig.defaults(arguments.matchedOptionValue("--data", Path.of("."))).file();
    boolean force = arguments.matchedOptionValue("--force", false);
    if (!force && Files.exists(file)) {
      err.printf(
          "cityedge: %s exists already; name another file, or replace it with --force%n", file);
      return FAILURE;
    }
    try {
      Account account = Backup.write(store, file, force);
      out.printf(
          "%s: %d events wait in it, last number %d, %d bytes%n",
          file, account.waiting(), account.appended(), Files.size(file));
      return OK;
    } catch (IOException e) {
      err.println("cityedge: " + e.getMessage());
      return FAILURE;
    }
  }
}
