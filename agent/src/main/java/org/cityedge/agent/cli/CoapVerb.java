package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.drivers.coap.Discovery;
import picocli.CommandLine.Model.CommandSpec;
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
            .description("host, host:port or [IPv6]:port; 5683 when no port is named.")
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
    return discover;
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
    int seconds = discover.matchedOptionValue("--wait", PATIENCE_SECONDS);
    if (seconds < 1 || seconds > MOST_SECONDS) {
      throw wrong(discover, "--wait must be 1.." + MOST_SECONDS + ", was " + seconds);
    }
    try {
      Discovery.Outcome found = Discovery.discover(server, Duration.ofSeconds(seconds));
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
    String address = given.startsWith("coap://") ? given.substring("coap://".length()) : given;
    try {
      URI server = new URI("coap://" + address);
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
        "ADDR must be host, host:port or [IPv6]:port such as 10.1.2.20:5683, was \""
            + given
            + "\"");
  }

  private static ParameterException wrong(ParseResult discover, String message) {
    return new ParameterException(discover.commandSpec().commandLine(), message);
  }
}
