package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.coap.Discovery;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge coap discover ADDR}: a configuration to paste. Exit code: 0 with at least one
 * sensor, 1 when the server lists nothing whose meaning is known, 2 when it cannot be asked.
 */
public final class CoapVerb implements Verb {
  private static final int PATIENCE_SECONDS = 10;
  private static final int MOST_SECONDS = 300;

  private final CommandSpec spec =
      Verb.named("coap", "Looks at CoAP sensors: coap discover.")
          .addSubcommand("discover", discoverSpec());

  private static CommandSpec discoverSpec() {
    CommandSpec discover =
        Verb.named(
            "discover",
            "Asks a sensor for its resources (/.well-known/core) and prints a configuration to paste.");
    discover.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("ADDR")
            .description(
                "host, host:port or [IPv6]:port, or coaps:// before it for DTLS; port 5683, with"
                    + " DTLS 5684, when none is named.")
            .type(String.class)
            .arity("1")
            .build());
    discover.addOption(
        Verb.option(
                "--wait",
                "S",
                "Seconds to wait for the answer, 1.."
                    + MOST_SECONDS
                    + "; default "
                    + PATIENCE_SECONDS
                    + ".")
            .type(int.class)
            .build());
    discover.addOption(
        text("--identity", "ID", "For DTLS with a key: who the gateway is to the sensor."));
    discover.addOption(
        text("--psk", "NAME", "The secret with that key, a file of secrets/ in the data folder."));
    discover.addOption(
        text(
            "--ca", "FILE", "For DTLS with certificates: whom to trust, a file of certificates/."));
    discover.addOption(
        text("--certificate", "FILE", "The gateway's own certificate, a file of certificates/."));
    discover.addOption(text("--key", "NAME", "The secret with the key of that certificate."));
    discover.addOption(
        Verb.option("--data", "DIR", "The agent's data folder. Default: data.")
            .type(Path.class)
            .build());
    return discover;
  }

  private static OptionSpec text(String name, String label, String description) {
    return Verb.option(name, label, description).type(String.class).build();
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Optional<ParseResult> second = Verb.subcommand(arguments, out, "coap what? coap discover ADDR");
    if (second.isEmpty()) {
      return OK;
    }
    ParseResult discover = second.get();
    URI server = server(discover);
    CoapSecurity security = security(discover, server);
    KeyFiles files = KeyFiles.in(discover.matchedOptionValue("--data", Path.of("data")));
    int seconds = discover.matchedOptionValue("--wait", PATIENCE_SECONDS);
    if (seconds < 1 || seconds > MOST_SECONDS) {
      throw wrong(discover, "--wait must be 1.." + MOST_SECONDS + ", was " + seconds);
    }
    try {
      Discovery.Outcome found =
          Discovery.discover(server, security, files, Duration.ofSeconds(seconds));
      out.printf(
          "# %s lists %d resources, %d of them are proposed.%n",
          server, found.resources(), found.sensors());
      out.print(found.yaml());
      out.flush();
      return found.sensors() > 0 ? OK : WARNING;
    } catch (IOException e) {
      err.println(e.getMessage());
      return FAILURE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILURE;
    }
  }

  private static URI server(ParseResult discover) {
    String given = discover.matchedPositionalValue(0, "");
    boolean named = given.startsWith("coap://") || given.startsWith("coaps://");
    try {
      URI server = new URI(named ? given : "coap://" + given);
      boolean bare =
          server.getHost() != null
              && server.getRawUserInfo() == null
              && server.getRawPath().isEmpty()
              && server.getRawQuery() == null
              && server.getRawFragment() == null
              && server.getPort() != 0
              && server.getPort() <= 65_535;
      if (bare) {
        return server;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw wrong(
        discover,
        "ADDR must be host, host:port or [IPv6]:port such as 10.1.2.20:5683, or coaps://10.1.2.20,"
            + " was \""
            + given
            + "\"");
  }

  /** Names of files alone: a key on the command line would be seen by everybody. */
  private static CoapSecurity security(ParseResult discover, URI server) {
    Optional<String> psk = reference(discover, "--psk");
    Optional<String> identity =
        Optional.ofNullable(discover.matchedOptionValue("--identity", null));
    Optional<String> ca = reference(discover, "--ca");
    Optional<String> certificate = reference(discover, "--certificate");
    Optional<String> key = reference(discover, "--key");
    boolean byKey = psk.isPresent() && identity.isPresent();
    if (psk.isPresent() != identity.isPresent()
        || certificate.isPresent() != key.isPresent()
        || (ca.isEmpty() && certificate.isPresent())
        || (byKey && ca.isPresent())
        || (byKey || ca.isPresent()) != server.getScheme().equals("coaps")) {
      throw wrong(
          discover,
          "coaps:// needs --identity ID --psk NAME, or --ca FILE, perhaps with --certificate FILE"
              + " --key NAME; without coaps:// there is none of them");
    }
    if (byKey) {
      if (!CoapSecurity.IDENTITY.matcher(identity.get()).matches()) {
        throw wrong(discover, "--identity must be 1 to 128 printable ASCII characters");
      }
      return new CoapSecurity.Psk(identity.get(), psk.get());
    }
    return ca.isPresent()
        ? new CoapSecurity.X509(ca.get(), certificate, key)
        : new CoapSecurity.None(true);
  }

  private static Optional<String> reference(ParseResult discover, String option) {
    Optional<String> name = Optional.ofNullable(discover.matchedOptionValue(option, null));
    if (name.isPresent() && !Secrets.REFERENCE.matcher(name.get()).matches()) {
      // Not quoted: it might be the key itself.
      throw wrong(discover, option + " must be the name of a file: " + Secrets.REFERENCE.pattern());
    }
    return name;
  }

  private static ParameterException wrong(ParseResult discover, String message) {
    return new ParameterException(discover.commandSpec().commandLine(), message);
  }
}
