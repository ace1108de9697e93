package org.cityedge.agent.cli;

import java.nio.file.Path;
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

  static Folders of(ParseResult arguments) {
    Path config = arguments.matchedOptionValue("--config", Path.of("gateway.yaml"));
    Path data =
        arguments.matchedOptionValue("--data", config.toAbsolutePath().resolveSibling("data"));
    return new Folders(config, data, arguments.matchedOptionValue("--run", data.resolve("run")));
  }
}
