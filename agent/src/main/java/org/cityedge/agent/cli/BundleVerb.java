package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.Logging;
import org.cityedge.agent.doctor.Bundle;
import org.cityedge.agent.doctor.Doctor;
import org.cityedge.buffer.BufferConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge bundle FILE.zip}: what a maintainer needs to help from afar, without secrets,
 * also beside a running agent.
 */
public final class BundleVerb implements Verb {
  private static final String UNIT = "cityedge";

  private final CommandSpec spec =
      Folders.options(
              Verb.named(
                  "bundle",
                  "Writes a support bundle: doctor's report, configuration, log, queue, versions; no secrets."))
          .addPositional(
              PositionalParamSpec.builder()
                  .index("0")
                  .paramLabel("FILE")
                  .type(Path.class)
                  .required(true)
                  .description("The zip file, which must not be there yet.")
                  .build())
          .addOption(
              Verb.option(
                      "--log",
                      "FILE",
                      "The agent's log. Default: the journal of " + UNIT + ".service.")
                  .type(Path.class)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Path file = arguments.matchedPositionalValue(0, Path.of("bundle.zip"));
    if (Files.exists(file)) {
      err.printf("cityedge: %s exists already; name another file%n", file);
      return FAILURE;
    }
    Folders folders = Folders.of(arguments);
    Logging.silence();
    try {
      Bundle bundle = new Bundle(folders.data());
      bundle.add(Doctor.examine(folders.config(), folders.data(), folders.run(), List.of()));
      bundle.addSurroundings(folders.config(), folders.run());
      bundle.addLog(Optional.ofNullable(arguments.matchedOptionValue("--log", null)), UNIT);
      bundle.add("queue.json", queue(folders.data()));
      bundle.write(file);
      out.printf("%s: %d bytes, %s%n", file, Files.size(file), String.join(" ", bundle.names()));
      return OK;
    } catch (AccessDeniedException e) {
      err.println(
          "cityedge: there is no bundle, since "
              + e.getFile()
              + " cannot be read; run it as the agent's user: runuser -u cityedge -- cityedge bundle …");
      return FAILURE;
    } catch (IOException e) {
      err.println("cityedge: there is no bundle: " + e);
      return FAILURE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILURE;
    }
  }

  private static String queue(Path data) {
    try {
      return QueueVerb.json(BufferConfig.defaults(data).file());
    } catch (IOException e) {
      return "{\"problem\":\"the event store cannot be read; see doctor.txt\"}";
    }
  }
}
