package org.cityedge.agent.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.agent.uplink.Desk;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The options of a verb that talks to a broker as a maintainer. */
final class BrokerOptions {
  private BrokerOptions() {}

  static CommandSpec add(CommandSpec spec, boolean required) {
    return spec.addOption(
            Verb.option("--broker", "URI", "mqtt://host[:1883] or mqtts://host[:8883].")
                .type(String.class)
                .required(required)
                .build())
        .addOption(Verb.option("--user", "NAME", "The broker's user.").type(String.class).build())
        .addOption(
            Verb.option("--password-file", "FILE", "Its first line is the password.")
                .type(Path.class)
                .build())
        .addOption(
            Verb.option("--ca", "FILE", "PEM with the broker's authority; needed for mqtts://.")
                .type(Path.class)
                .build());
  }

  static Desk.Access read(ParseResult arguments) {
    return new Desk.Access(
        broker(arguments, arguments.matchedOptionValue("--broker", "")),
        optional(arguments, "--user"),
        optional(arguments, "--password-file"),
        optional(arguments, "--ca"));
  }

  private static <T> Optional<T> optional(ParseResult arguments, String name) {
    return Optional.ofNullable(arguments.<T>matchedOptionValue(name, null));
  }

  private static URI broker(ParseResult arguments, String text) {
    try {
      URI uri = new URI(text);
      if (("mqtt".equals(uri.getScheme()) || "mqtts".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getPath().isEmpty()) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // said below
    }
    // A user's name and password may stand before an @; they are not repeated.
    throw new ParameterException(
        arguments.commandSpec().commandLine(),
        "--broker must be mqtt://host:port or mqtts://host:port, was "
            + text.replaceAll("//[^/]*@", "//…@"));
  }
}
