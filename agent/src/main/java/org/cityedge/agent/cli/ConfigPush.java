package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.rollout.OrderFile;
import org.cityedge.agent.rollout.Ring;
import org.cityedge.agent.rollout.Rollout;
import org.cityedge.agent.uplink.Desk;
import org.cityedge.config.ConfigException;
import org.cityedge.config.SignedConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge config push}: sends signed orders and waits for what each gateway makes of its
 * own; with {@code --group} ring by ring. Exit code: 0 when all are committed, 1 when some failed
 * within the limit, 2 when it stopped.
 */
final class ConfigPush {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MOST_PERCENT = 100;

  private ConfigPush() {}

  static CommandSpec spec() {
    CommandSpec push =
        Verb.named("push", "Sends orders over MQTT, in rings, and waits for their results.")
            .addPositional(
                PositionalParamSpec.builder()
                    .index("0..*")
                    .arity("1..*")
                    .paramLabel("ORDER.jws")
                    .type(List.class)
                    .auxiliaryTypes(Path.class)
                    .required(true)
                    .description("Orders of config sign, one for each gateway.")
                    .build())
            .addOption(
                Verb.option("--gateway", "ID", "Only these of the orders; repeatable.")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .build())
            .addOption(
                Verb.option("--group", "RINGS", "Such as canary,10%%,all; default all at once.")
                    .type(String.class)
                    .build())
            .addOption(
                Verb.option("--groups", "FILE", "groups: [{name: canary, gateways: [gw-0001]}]")
                    .type(Path.class)
                    .build())
            .addOption(
                Verb.option("--limit", "PERCENT", "Of a ring that may fail, 0..100; default 0.")
                    .type(int.class)
                    .build())
            .addOption(
                Verb.option(
                        "--wait",
                        "SECONDS",
                        "For each ring; default: twice the longest deadline and 60.")
                    .type(int.class)
                    .build());
    return BrokerOptions.add(push, true);
  }

  static int push(ParseResult arguments, PrintWriter out)
      throws IOException, ConfigException, InterruptedException {
    Map<String, OrderFile> orders = orders(arguments);
    int limit = arguments.matchedOptionValue("--limit", 0);
    int wait = arguments.matchedOptionValue("--wait", 0);
    if (limit < 0 || limit > MOST_PERCENT || wait < 0) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "--limit must be 0..100 and --wait positive, were " + limit + " and " + wait);
    }
    Map<String, List<String>> groups = Map.of();
    if (arguments.hasMatchedOption("--groups")) {
      Path file = arguments.matchedOptionValue("--groups", Path.of(""));
      groups = Ring.groups(file.toString(), Files.readString(file));
    }
    List<Ring> rings =
        Ring.split(
            arguments.matchedOptionValue("--group", "all"), groups, List.copyOf(orders.keySet()));
    try (Desk desk = Desk.connect(BrokerOptions.read(arguments))) {
      Rollout rollout =
          new Rollout(
              desk,
              orders,
              wait == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(wait)),
              System::nanoTime,
              new Printed(out));
      try {
        return summary(rollout.run(rings, limit / 100.0), out);
      } catch (IOException e) {
        unfinished(rollout.soFar(rings), out);
        throw e;
      }
    }
  }

  private static Map<String, OrderFile> orders(ParseResult arguments) throws IOException {
    List<String> only = arguments.matchedOptionValue("--gateway", List.<String>of());
    Map<String, OrderFile> orders = new LinkedHashMap<>();
    for (Path file : arguments.matchedPositionalValue(0, List.<Path>of())) {
      OrderFile order = OrderFile.read(file);
      if (!only.isEmpty() && !only.contains(order.gateway())) {
        continue;
      }
      if (!Instant.now().isBefore(order.expires())) {
        throw new IOException(file + " has expired on " + order.expires() + "; sign it anew");
      }
      if (bringsFiles(order)) {
        throw new IOException(
            file + " is a site file, whose files only a stick brings; push one without --beside");
      }
      if (orders.put(order.gateway(), order) != null) {
        throw new IOException("two orders are for " + order.gateway() + ", one is " + file);
      }
    }
    for (String id : only) {
      if (!orders.containsKey(id)) {
        throw new IOException("no order is for " + id);
      }
    }
    return orders;
  }

  private static boolean bringsFiles(OrderFile order) throws IOException {
    try {
      return JSON.readTree(SignedConfig.claims(order.signed())).has("site");
    } catch (ConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void unfinished(Rollout.Result result, PrintWriter out) {
    failures(result, out);
    out.printf(
        "not finished: %d committed, %d failed; no outcome of %s: what was sent goes on by itself%n",
        result.committed().size(), result.failed().size(), String.join(", ", result.left()));
  }

  private static void failures(Rollout.Result result, PrintWriter out) {
    result.failed().keySet().stream()
        .sorted()
        .forEach(id -> out.printf("failed: %s: %s%n", id, result.failed().get(id)));
  }

  private static int summary(Rollout.Result result, PrintWriter out) {
    failures(result, out);
    if (result.stopped()) {
      out.printf(
          "stopped: %d committed, %d failed; nothing was sent to %s%n",
          result.committed().size(),
          result.failed().size(),
          result.left().isEmpty() ? "nobody else" : String.join(", ", result.left()));
      return Verb.FAILURE;
    }
    out.printf(
        "done: %d committed, %d failed%n", result.committed().size(), result.failed().size());
    return result.failed().isEmpty() ? Verb.OK : Verb.WARNING;
  }

  /** Progress as lines: time since the start, done of the ring, gateway, state. */
  private record Printed(PrintWriter out) implements Rollout.Progress {
    @Override
    public void ring(int number, int of, Ring ring) {
      out.printf(
          "ring %d of %d: %s, %d gateways%n", number, of, ring.name(), ring.gateways().size());
    }

    @Override
    public void gateway(
        Duration since, String gateway, String state, String text, int done, int of) {
      out.println(
          "%7.1f s  %d/%d  %-12s %-11s %s"
              .formatted(since.toMillis() / 1000.0, done, of, gateway, state, text)
              .stripTrailing());
    }

    @Override
    public void ringDone(int number, int committed, int failed) {
      out.printf("ring %d: %d committed, %d failed%n", number, committed, failed);
    }
  }
}
