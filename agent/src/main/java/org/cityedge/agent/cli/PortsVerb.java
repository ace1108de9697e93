package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Deployment;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge ports}: what a firewall has to let in for a configuration, a line {@code udp 5684
 * inbox} each. Counted are the factory document and the orders that are active and on trial, since
 * any of them may run next; where nobody knows which these are, those that the agent's next start
 * tries. What listens on the loopback address only is left out.
 */
public final class PortsVerb implements Verb {
  private static final int COAP = 5683;
  private static final int COAPS = 5684;

  private final CommandSpec spec =
      Folders.lasting(
          Verb.named("ports", "Prints the ports that the agent listens on, for a firewall."));

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Folders folders = Folders.of(arguments);
    Path data = folders.data();
    try {
      TreeSet<String> lines = new TreeSet<>(of(GatewayConfig.load(folders.config(), data)));
      for (Deployment.Document order : Deployment.candidates(data.resolve("config"))) {
        lines.addAll(of(order.open(root -> GatewayConfig.read(root, data)).config()));
      }
      lines.forEach(out::println);
      return OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return FAILURE;
    } catch (IOException e) {
      err.println("cityedge: " + data + " cannot be read: " + e.getMessage());
      return FAILURE;
    }
  }

  private static List<String> of(GatewayConfig config) {
    Stream<String> inbox =
        config
            .inbox()
            .map(section -> section.listen())
            .filter(listen -> !loopback(listen.getHost()))
            .map(PortsVerb::port)
            // Port 0 is whichever is free, which only a test asks for.
            .filter(port -> port > 0)
            .map(port -> "udp " + port + " inbox")
            .stream();
    Stream<String> page =
        config
            .page()
            .listen()
            .filter(listen -> !listen.isLoopback())
            .map(listen -> "tcp " + listen.port() + " page")
            .stream();
    return Stream.concat(inbox, page).toList();
  }

  private static boolean loopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  private static int port(URI listen) {
    if (listen.getPort() >= 0) {
      return listen.getPort();
    }
    return listen.getScheme().equals("coaps") ? COAPS : COAP;
  }
}
