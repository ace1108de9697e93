package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge config}: the maintainer's side of signed configuration (config.md §2, §5). Works
 * without network; private keys are read from files and appear nowhere else.
 */
public final class ConfigVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("config", "Signs configurations: config keygen, keys, sign, verify.")
          .addSubcommand("keygen", ConfigKeys.keygenSpec())
          .addSubcommand("keys", ConfigKeys.keysSpec())
          .addSubcommand("sign", ConfigSigning.signSpec())
          .addSubcommand("verify", ConfigSigning.verifySpec());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    ParseResult what = arguments.subcommand();
    if (what == null) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(), "config what? config keygen, keys, sign, verify");
    }
    if (what.isUsageHelpRequested()) {
      what.commandSpec().commandLine().usage(out);
      return OK;
    }
    try {
      return switch (what.commandSpec().name()) {
        case "keygen" -> ConfigKeys.keygen(what, out);
        case "keys" -> ConfigKeys.keys(what, out);
        case "sign" -> ConfigSigning.sign(what, out);
        default -> ConfigSigning.verify(what, out);
      };
    } catch (IOException | ConfigException e) {
      err.println("cityedge: " + e.getMessage());
      return FAILURE;
    }
  }
}
