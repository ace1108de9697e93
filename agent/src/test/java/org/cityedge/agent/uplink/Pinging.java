package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * A program for a process of its own: a connection with a keep alive of 3 s that has nothing to
 * say. Arguments: the protocol, the broker. Ends with its standard input.
 */
final class Pinging {
  private Pinging() {}

  public static void main(String[] arguments) throws IOException {
    URI broker = URI.create(arguments[1]);
    UplinkConfig defaults = UplinkConfig.defaults(List.of(broker));
    UplinkConfig config =
        new UplinkConfig(
            defaults.brokers(),
            UplinkConfig.Protocol.valueOf(arguments[0]),
            defaults.user(),
            defaults.passwordRef(),
            defaults.tls(),
            Duration.ofSeconds(3),
            defaults.window(),
            defaults.bytesPerSecond(),
            defaults.host(),
            defaults.returnAfter(),
            defaults.telemetry(),
            defaults.evidence(),
            defaults.kuraAccount());
    PahoLinks links =
        new PahoLinks(
            config,
            Credentials.in(Path.of("/nowhere")),
            new Topics("510108", "gw-0042"),
            Timing.DEFAULT,
            InstantSource.system(),
            System::nanoTime);
    PahoLinks.Wish wish = new PahoLinks.Wish("gw-0042", PahoLinks.Session.NONE, Optional.empty());
    links.open(broker, wish, new LinkEvents(), PahoLinks.NOBODY).connect();
    System.in.transferTo(System.out);
  }
}
