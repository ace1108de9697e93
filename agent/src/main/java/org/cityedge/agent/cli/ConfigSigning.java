package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.KeyList;
import org.cityedge.config.Order;
import org.cityedge.config.Problem;
import org.cityedge.config.SignedConfig;
import org.cityedge.config.SignedConfig.Verdict;
import org.cityedge.config.SigningKey;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge config sign} and {@code config verify}: an order out of a configuration, and what
 * a gateway would say to it.
 */
final class ConfigSigning {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Ten years: whoever is to follow it later signs it later. */
  private static final int MOST_DAYS = 3650;

  private ConfigSigning() {}

  static CommandSpec signSpec() {
    return Verb.named("sign", "Makes a signed order of a configuration that has no problems.")
        .addPositional(Verb.file("FILE", "The configuration, as for check."))
        .addOption(
            Verb.option("--key", "ID.key", "Signs; twice for two signatures.")
                .type(List.class)
                .auxiliaryTypes(Path.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--gateway", "ID", "Whom it is for; default: the gateway it configures.")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build())
        .addOption(
            Verb.option("--seq", "N", "Higher than every one before.")
                .type(long.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--issuer", "NAME", "Such as centre-510108.")
                .type(String.class)
                .required(true)
                .build())
        .addOption(Verb.option("--by", "NAME", "Who.").type(String.class).required(true).build())
        .addOption(
            Verb.option("--approved-by", "NAME", "Who else agreed; repeatable.")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build())
        .addOption(
            Verb.option("--reason", "TEXT", "Why.").type(String.class).required(true).build())
        .addOption(
            Verb.option(
                    "--days",
                    "N",
                    "How long it may be followed, 1..%d; default 30.".formatted(MOST_DAYS))
                .type(int.class)
                .build())
        .addOption(
            Verb.option("--deadline", "SECONDS", "For the gate, 10..1800; default 120.")
                .type(int.class)
                .build())
        .addOption(
            Verb.option("--need", "NEED", "broker, queue, cameras>=N or N%%, sensors>=N or N%%.")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build())
        .addOption(
            Verb.option(
                    "--strict", "", "Refused when a camera, line or key is not as it should be.")
                .type(boolean.class)
                .build())
        .addOption(
            Verb.option("--min-agent", "VERSION", "Least agent version.")
                .type(String.class)
                .build())
        .addOption(
            Verb.option(
                    "--beside",
                    "FOLDER",
                    "For a stick: its secrets, certificates and models come with the order.")
                .type(Path.class)
                .build())
        .addOption(
            Verb.option(
                    "--ssh-key",
                    "FILE.pub|off",
                    "For a stick: who may log in from then on; or off.")
                .type(String.class)
                .build())
        .addOption(
            Verb.option("--out", "FILE", "The order; must not be there.")
                .type(Path.class)
                .required(true)
                .build());
  }

  static CommandSpec verifySpec() {
    return Verb.named("verify", "Says what a gateway would say to an order; exit 2 if it refused.")
        .addPositional(Verb.file("FILE", "The order."))
        .addOption(
            Verb.option("--keys", "FILE", "The signed list of keys.")
                .type(Path.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--root", "root.pub.json", "The root's public key.")
                .type(Path.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--gateway", "ID", "The gateway.")
                .type(String.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--agent", "VERSION", "Its agent; default 9999.0.0.")
                .type(String.class)
                .build());
  }

  static int sign(ParseResult arguments, PrintWriter out) throws IOException, ConfigException {
    Path file = arguments.matchedPositionalValue(0, Path.of(""));
    GatewayConfig config = GatewayConfig.load(file, Path.of("."));
    List<SigningKey> keys = new ArrayList<>();
    for (Path key : arguments.matchedOptionValue("--key", List.<Path>of())) {
      keys.add(SigningKey.read(key));
    }
    ObjectNode claims = JSON.createObjectNode().put("typ", "config");
    claims.put("iss", arguments.matchedOptionValue("--issuer", ""));
    List<String> gateways =
        arguments.matchedOptionValue("--gateway", List.of(config.gateway().id()));
    gateways.forEach(claims.putArray("aud")::add);
    claims.put("seq", arguments.matchedOptionValue("--seq", 0L));
    claims.put("jti", UUID.randomUUID().toString());
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant end = now.plus(Duration.ofDays(Verb.number(arguments, "--days", 1, MOST_DAYS, 30)));
    claims.put("iat", now.getEpochSecond()).put("exp", end.getEpochSecond());
    if (arguments.hasMatchedOption("--min-agent")) {
      claims.put("minAgent", arguments.matchedOptionValue("--min-agent", ""));
    }
    ObjectNode gate = claims.putObject("gate");
    gate.put("deadline", arguments.matchedOptionValue("--deadline", 120) + "s");
    arguments.matchedOptionValue("--need", List.<String>of()).forEach(gate.putArray("need")::add);
    if (arguments.matchedOptionValue("--strict", false)) {
      gate.put("strict", true);
    }
    claims.put("by", arguments.matchedOptionValue("--by", ""));
    arguments
        .matchedOptionValue("--approved-by", List.<String>of())
        .forEach(claims.putArray("approvedBy")::add);
    claims.put("reason", arguments.matchedOptionValue("--reason", ""));
    claims.set("config", JSON.readTree(ConfigLoader.json(file.toString(), Files.readString(file))));
    if (arguments.hasMatchedOption("--beside") || arguments.hasMatchedOption("--ssh-key")) {
      claims.set(
          "site",
          ConfigSite.claims(
              given(arguments, "--beside", Path.of("")), given(arguments, "--ssh-key", "")));
    }
    byte[] order = SignedConfig.sign(JSON.writeValueAsString(claims), keys);
    Path to = arguments.matchedOptionValue("--out", Path.of("order.jws"));
    ConfigKeys.write(to, order);
    out.printf(
        "%s: sequence %d for %s, signed by %s, until %s%n",
        to,
        claims.get("seq").longValue(),
        String.join(", ", gateways),
        String.join(" and ", keys.stream().map(SigningKey::id).toList()),
        end);
    claims.at("/site/files").forEach(with -> out.println("  with " + with.path("name").asText()));
    if (claims.at("/site").has("sshKey")) {
      out.println("  SSH: " + claims.at("/site/sshKey").asText());
    }
    return Verb.OK;
  }

  private static <T> Optional<T> given(ParseResult arguments, String option, T standIn) {
    return arguments.hasMatchedOption(option)
        ? Optional.of(arguments.matchedOptionValue(option, standIn))
        : Optional.empty();
  }

  static int verify(ParseResult arguments, PrintWriter out) throws IOException, ConfigException {
    Path file = arguments.matchedPositionalValue(0, Path.of(""));
    PublicKey root = root(arguments.matchedOptionValue("--root", Path.of("root.pub.json")));
    KeyList keys =
        KeyList.verify(
            Files.readAllBytes(arguments.matchedOptionValue("--keys", Path.of("keys.jws"))), root);
    Order.Version agent;
    try {
      agent = Order.Version.of(arguments.matchedOptionValue("--agent", "9999.0.0"));
    } catch (IllegalArgumentException e) {
      throw new IOException("--agent: " + e.getMessage(), e);
    }
    SignedConfig.Situation situation =
        new SignedConfig.Situation(
            arguments.matchedOptionValue("--gateway", ""),
            agent,
            SignedConfig.Floor.NONE,
            Instant.now(),
            true);
    Verdict<GatewayConfig> verdict =
        SignedConfig.judge(
            Files.readAllBytes(file),
            keys,
            situation,
            section -> GatewayConfig.read(section, Path.of(".")));
    return switch (verdict) {
      case Verdict.Accepted(Order order, GatewayConfig config, String sha256, boolean _) -> {
        out.printf("%s: a gateway without an order would follow it%n", file);
        tell(order, out);
        out.printf(
            "  configures %s: %d sensors, %d cameras, %d rules; sha256 %s%n",
            config.gateway().id(),
            config.sensors().size(),
            config.cameras().size(),
            config.rules().size(),
            sha256);
        yield Verb.OK;
      }
      case Verdict.Repeated(Order order) -> {
        out.printf("%s: followed already%n", file);
        tell(order, out);
        yield Verb.OK;
      }
      case Verdict.Refused<GatewayConfig> refused -> {
        out.printf("%s: %s: %s%n", file, refused.code(), refused.detail());
        refused.order().ifPresent(order -> tell(order, out));
        for (Problem problem : refused.problems()) {
          out.println("  " + problem);
        }
        yield Verb.FAILURE;
      }
    };
  }

  private static void tell(Order order, PrintWriter out) {
    out.printf(
        "  sequence %d of %s for %s, by %s: %s%n",
        order.sequence(),
        order.issuer(),
        String.join(", ", order.audience()),
        order.by(),
        order.reason());
    out.printf(
        "  issued %s, expires %s; deadline of its gate %d s%n",
        order.issuedAt(), order.expires(), order.gate().deadline().toSeconds());
    order
        .site()
        .ifPresent(
            site -> {
              site.files().forEach(file -> out.println("  with " + file.name()));
              site.sshKey().ifPresent(key -> out.println("  SSH: " + key));
            });
  }

  private static PublicKey root(Path file) throws IOException {
    JsonNode entry = JSON.readTree(Files.readString(file));
    try {
      return KeyList.rootKey(entry.path("x").asText());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " holds no public key: " + e.getMessage(), e);
    }
  }
}
