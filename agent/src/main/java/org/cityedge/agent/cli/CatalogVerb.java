package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.status.Catalog;
import org.cityedge.agent.status.ThingDescription;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge catalog}: what the gateway of a configuration tells the centre of its channels,
 * cameras and outputs, without touching any of them.
 */
public final class CatalogVerb implements Verb {
  /** Stands for the terminal. */
  private static final String TERMINAL = "-";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final CommandSpec spec =
      Verb.named("catalog", "Prints the catalogue of what a gateway measures, sees and switches.")
          .addOption(
              Verb.option("--config", "FILE", "The configuration.")
                  .type(Path.class)
                  .required(true)
                  .build())
          .addOption(
              Verb.option(
                      "--td",
                      "FILE",
                      "As a W3C Thing Description 1.1, into FILE or onto the terminal.")
                  .type(String.class)
                  .arity("0..1")
                  .fallbackValue(TERMINAL)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Path file = arguments.matchedOptionValue("--config", Path.of("gateway.yaml"));
    String target = arguments.matchedOptionValue("--td", TERMINAL);
    try {
      GatewayConfig config = GatewayConfig.load(file, Path.of("."));
      if (arguments.hasMatchedOption("--td") && config.uplink().kuraAccount().isPresent()) {
        err.println(
            "cityedge: uplink.format is kura, and a Thing Description's forms can only tell of"
                + " format cityedge; without --td the catalogue is printed");
        return FAILURE;
      }
      JsonNode document =
          arguments.hasMatchedOption("--td")
              ? ThingDescription.of(config)
              : JSON.readTree(Catalog.of(config).json());
      String text = document.toPrettyString();
      if (target.equals(TERMINAL)) {
        out.println(text);
      } else {
        Files.writeString(Path.of(target), text + "\n");
      }
      return OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return FAILURE;
    } catch (IOException e) {
      err.println("cityedge: " + target + " cannot be written: " + e);
      return FAILURE;
    }
  }
}
