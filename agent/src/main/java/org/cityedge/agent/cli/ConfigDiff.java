package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.rollout.Differences;
import org.cityedge.agent.rollout.DocumentTree;
import org.cityedge.agent.rollout.OrderFile;
import org.cityedge.agent.uplink.Desk;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge config diff}: what a configuration changes, by its meaning: entries of a list are
 * found by their id, and how a value is written counts for nothing. Exit code: 0 when a gateway
 * would restart nothing, 1 when there are differences.
 */
final class ConfigDiff {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration RETAINED = Duration.ofSeconds(3);

  private record Side(String name, JsonNode config) {}

  private ConfigDiff() {}

  static CommandSpec spec() {
    CommandSpec diff =
        Verb.named("diff", "What a configuration changes, against another or what is active.")
            .addPositional(
                PositionalParamSpec.builder()
                    .index("0")
                    .paramLabel("FILE")
                    .type(Path.class)
                    .required(true)
                    .description(
                        "The old one, gateway.yaml or an order; alone it is the new one, held against"
                            + " what its gateway reports as active, with --broker.")
                    .build())
            .addPositional(
                PositionalParamSpec.builder()
                    .index("1")
                    .arity("0..1")
                    .paramLabel("FILE")
                    .type(Path.class)
                    .description("The new one.")
                    .build());
    return BrokerOptions.add(diff, false);
  }

  static int diff(ParseResult arguments, PrintWriter out)
      throws IOException, ConfigException, InterruptedException {
    Path first = arguments.matchedPositionalValue(0, Path.of(""));
    Path second = arguments.matchedPositionalValue(1, first);
    boolean active = !arguments.hasMatchedPositional(1);
    if (active != arguments.hasMatchedOption("--broker")) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "config diff takes two files, or one and --broker");
    }
    Side next = read(second);
    Side before = active ? active(arguments, next) : read(first);
    List<String> lines = Differences.of(before.config, next.config);
    lines.forEach(out::println);
    if (lines.isEmpty() || config(before).equals(config(next))) {
      out.println("no change in meaning: a gateway would restart nothing");
      return Verb.OK;
    }
    out.printf("%d differences from %s to %s%n", lines.size(), before.name, next.name);
    return Verb.WARNING;
  }

  private static GatewayConfig config(Side side) throws ConfigException {
    return ConfigLoader.parse(
        side.name, side.config.toString(), root -> GatewayConfig.read(root, Path.of(".")));
  }

  private static Side read(Path file) throws IOException, ConfigException {
    String text = Files.readString(file);
    JsonNode document = DocumentTree.of(ConfigLoader.json(file.toString(), text));
    return new Side(
        file.toString(), document.has("signatures") ? OrderFile.read(file).config() : document);
  }

  /**
   * Reported is only a checksum; the document is the order that the broker retains, when it is the
   * very one.
   */
  private static Side active(ParseResult arguments, Side next)
      throws IOException, InterruptedException {
    String gateway = next.config.at("/gateway/id").asText();
    Topics topics = new Topics(next.config.at("/gateway/district").asText(), gateway);
    Map<String, byte[]> retained = new LinkedHashMap<>();
    try (Desk desk = Desk.connect(BrokerOptions.read(arguments))) {
      desk.subscribe(new ArrayList<>(List.of(topics.configReported(), topics.configDesired())));
      Optional<Desk.Heard> heard = desk.next(RETAINED);
      while (heard.isPresent() && retained.size() < 2) {
        retained.put(heard.get().topic(), heard.get().payload());
        heard = retained.size() < 2 ? desk.next(RETAINED) : Optional.empty();
      }
    }
    byte[] reported = retained.get(topics.configReported());
    if (reported == null) {
      throw new IOException(gateway + " reports no configuration at this broker");
    }
    JsonNode active = JSON.readTree(reported).at("/data/active");
    byte[] desired = retained.get(topics.configDesired());
    if (desired == null || desired.length == 0) {
      throw new IOException(
          "active is sequence %d, and the broker retains no order to compare with; give the file"
              .formatted(active.path("seq").asLong()));
    }
    OrderFile order = OrderFile.of("the retained order", desired);
    if (!order.sha256().equals(active.path("sha256").asText())) {
      throw new IOException(
          "active is sequence %d, the broker retains sequence %d: what is active cannot be seen from here; give the file"
              .formatted(active.path("seq").asLong(), order.sequence()));
    }
    return new Side(gateway + " (sequence " + order.sequence() + ")", order.config());
  }
}
