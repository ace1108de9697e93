package org.cityedge.agent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cityedge check}: every problem of a configuration, without touching any hardware. */
public final class CheckVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("check", "Checks a configuration and lists every problem with its place.")
          .addOption(
              Verb.option("--config", "FILE", "The configuration.")
                  .type(Path.class)
                  .required(true)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Path file = arguments.matchedOptionValue("--config", Path.of("gateway.yaml"));
    try {
      GatewayConfig config = GatewayConfig.load(file, Path.of("."));
      out.printf(
          "%s: no problems; gateway %s, %d sensors, %d cameras, %d rules%n",
          file,
          config.gateway().id(),
          config.sensors().size(),
          config.cameras().size(),
          config.rules().size());
      config.warnings().forEach(warning -> out.println("warning: " + warning));
      return config.warnings().isEmpty() ? OK : WARNING;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return FAILURE;
    }
  }
}
