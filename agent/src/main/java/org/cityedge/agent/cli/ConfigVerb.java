package org.cityedge.agent.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge config}: signed configuration, on the maintainer's machine and on the gateway
 * (config.md §2, §3, §5). All but {@code push} and {@code diff --broker} work without network;
 * private keys are read from files and appear nowhere else.
 */
public final class ConfigVerb implements Verb {
  private final CommandSpec spec =
      Verb.named(
              "config",
              "Signed configurations: keygen, keys, sign, verify, diff, push; on a gateway status,"
                  + " history, apply, site, rollback.")
          .addSubcommand("keygen", ConfigKeys.keygenSpec())
          .addSubcommand("keys", ConfigKeys.keysSpec())
          .addSubcommand("sign", ConfigSigning.signSpec())
          .addSubcommand("verify", ConfigSigning.verifySpec())
          .addSubcommand("diff", ConfigDiff.spec())
          .addSubcommand("push", ConfigPush.spec())
          .addSubcommand("status", ConfigOnGateway.statusSpec())
          .addSubcommand("history", ConfigOnGateway.historySpec())
          .addSubcommand("apply", ConfigOnGateway.applySpec())
          .addSubcommand("site", ConfigSite.spec())
          .addSubcommand("rollback", ConfigOnGateway.rollbackSpec());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    return Verb.second(
        arguments,
        out,
        err,
        "config what? config keygen, keys, sign, verify, diff, push, status, history, apply, site,"
            + " rollback",
        what ->
            switch (what.commandSpec().name()) {
              case "keygen" -> ConfigKeys.keygen(what, out);
              case "keys" -> ConfigKeys.keys(what, out);
              case "sign" -> ConfigSigning.sign(what, out);
              case "verify" -> ConfigSigning.verify(what, out);
              case "diff" -> ConfigDiff.diff(what, out);
              case "push" -> ConfigPush.push(what, out);
              case "status" -> ConfigOnGateway.status(what, out);
              case "history" -> ConfigOnGateway.history(what, out);
              case "apply" -> ConfigOnGateway.apply(what, out);
              case "site" -> ConfigSite.site(what, out);
              default -> ConfigOnGateway.rollback(what, out);
            });
  }
}
