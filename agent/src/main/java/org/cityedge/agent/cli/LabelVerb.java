package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.label.Label;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cityedge label}: the sticker of this gateway, with its QR code. */
public final class LabelVerb implements Verb {
  private final CommandSpec spec =
      Folders.lasting(Verb.named("label", "Prints the sticker of this gateway with its QR code."))
          .addOption(
              Verb.option(
                      "--host-key",
                      "FILE",
                      "Public SSH host key; default /data/ssh/ssh_host_ed25519_key.pub.")
                  .type(Path.class)
                  .build())
          .addOption(
              Verb.option("--svg", "FILE", "Also writes it for a printer, 40 mm wide.")
                  .type(Path.class)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Folders folders = Folders.of(arguments);
    Path hostKey =
        arguments.matchedOptionValue("--host-key", Path.of("/data/ssh/ssh_host_ed25519_key.pub"));
    try {
      GatewayConfig.Identity self = GatewayConfig.load(folders.config(), folders.data()).gateway();
      Label label = Label.ofMachine(self.id(), self.about().name(), Path.of("/"), hostKey);
      out.print(label.terminal());
      out.println(label.text());
      if (arguments.hasMatchedOption("--svg")) {
        Files.writeString(arguments.matchedOptionValue("--svg", Path.of("label.svg")), label.svg());
      }
      return OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return FAILURE;
    } catch (IOException e) {
      err.println("cityedge: " + e.getMessage());
      return FAILURE;
    }
  }
}
