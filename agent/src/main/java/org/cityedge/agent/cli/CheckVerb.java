package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Section;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.ModelUse;
import org.cityedge.video.model.Models;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code cityedge check}: every problem of a configuration, without touching any hardware. */
public final class CheckVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("check", "Checks a configuration and lists every problem with its place.")
          .addOption(Verb.option("--config", "FILE", "The configuration.").type(Path.class).build())
          .addOption(
              Verb.option(
                      "--data",
                      "DIR",
                      "The agent's data folder, where models lie. Default: data beside the"
                          + " configuration, if there is one.")
                  .type(Path.class)
                  .build())
          .addOption(
              Verb.option("--schema", "", "Prints the JSON Schema of gateway.yaml, for editors.")
                  .type(boolean.class)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    if (arguments.matchedOptionValue("--schema", false)) {
      return printSchema(out);
    }
    if (!arguments.hasMatchedOption("--config")) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(), "check what? --config FILE, or --schema");
    }
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
      List<String> warnings = new ArrayList<>(config.warnings());
      Path data =
          arguments.matchedOptionValue("--data", file.toAbsolutePath().resolveSibling("data"));
      if (Files.isDirectory(data)) {
        warnings.addAll(models(config, data.resolve(Models.FOLDER)));
      }
      warnings.forEach(warning -> out.println("warning: " + warning));
      return warnings.isEmpty() ? OK : WARNING;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return FAILURE;
    }
  }

  /** The gateway starts without them, so they are no problems of the document. */
  private static List<String> models(GatewayConfig config, Path folder) {
    List<String> warnings = new ArrayList<>();
    for (GatewayConfig.CameraEntry entry : config.cameras().values()) {
      CameraConfig camera = entry.config();
      camera
          .models()
          .forEach(
              (kind, use) -> {
                try {
                  if (use.mode() != ModelUse.Mode.CLASSICAL) {
                    Models.verify(folder, kind, use);
                  }
                } catch (IOException e) {
                  warnings.add(
                      "camera "
                          + camera.id()
                          + " goes on without its model for "
                          + Section.wordFor(kind)
                          + ": "
                          + e.getMessage());
                }
              });
    }
    return warnings;
  }

  private static int printSchema(PrintWriter out) {
    try (InputStream schema = GatewayConfig.class.getResourceAsStream("gateway.schema.json")) {
      out.print(new String(Objects.requireNonNull(schema).readAllBytes(), StandardCharsets.UTF_8));
      out.flush();
      return OK;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
