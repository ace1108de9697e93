package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cityedge.agent.ActiveConfig;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * Where a gateway's things lie, with the defaults of {@code run}.
 *
 * @param config the factory document
 * @param data the folder that lasts
 * @param run the folder that does not
 */
record Folders(Path config, Path data, Path run) {
  static CommandSpec options(CommandSpec spec) {
    return lasting(spec)
        .addOption(
            Verb.option("--run", "DIR", "The agent's run folder. Default: run in the data folder.")
                .type(Path.class)
                .build());
  }

  /** Without the run folder, for what asks nothing of a running agent. */
  static CommandSpec lasting(CommandSpec spec) {
    return spec.addOption(
            Verb.option("--config", "FILE", "The factory document; default gateway.yaml.")
                .type(Path.class)
                .build())
        .addOption(
            Verb.option(
                    "--data",
                    "DIR",
                    "The agent's data folder. Default: data beside the configuration.")
                .type(Path.class)
                .build());
  }

  /**
   * The configuration that the agent runs, or would; which one it is goes to {@code err}, since
   * what a program reads is printed to {@code out}.
   */
  ActiveConfig active(PrintWriter err) throws ConfigException, IOException {
    ActiveConfig active = ActiveConfig.read(config, data);
    err.println("cityedge: by " + active.origin());
    return active;
  }

  /**
   * The folder itself.
   *
   * @throws IOException when it is not there, or must not be read: that nothing is in it would be
   *     untrue
   */
  static Path existing(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder + "; name the agent's with --data");
    }
    if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
      throw new AccessDeniedException(folder.toString());
    }
    return folder;
  }

  static Folders of(ParseResult arguments) {
    Path config = arguments.matchedOptionValue("--config", Path.of("gateway.yaml"));
    Path data =
        arguments.matchedOptionValue("--data", config.toAbsolutePath().resolveSibling("data"));
    return new Folders(config, data, arguments.matchedOptionValue("--run", data.resolve("run")));
  }
}
