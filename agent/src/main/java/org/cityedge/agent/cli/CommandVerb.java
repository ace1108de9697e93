package org.cityedge.agent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.cityedge.agent.remote.Commands;
import org.cityedge.agent.uplink.Desk;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.config.ConfigException;
import org.cityedge.config.SignedCommand;
import org.cityedge.config.SigningKey;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge command}: commands that change something, on the maintainer's machine. Signing
 * works without network; the private key is read from its file and appears nowhere else.
 */
public final class CommandVerb implements Verb {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int USUAL_MINUTES = 5;
  private static final int USUAL_WAIT = 15;
  private static final int MOST_WAIT = 3600;

  private final CommandSpec spec =
      Verb.named("command", "Commands that change something: command sign, send.")
          .addSubcommand("sign", signSpec())
          .addSubcommand("send", sendSpec());

  private static CommandSpec signSpec() {
    return Verb.named("sign", "Signs a command, to be published on G/cmd/VERB.")
        .addPositional(
            PositionalParamSpec.builder()
                .index("0")
                .paramLabel("VERB")
                .type(String.class)
                .required(true)
                .description(String.join(", ", Commands.SIGNED) + ".")
                .build())
        .addOption(
            Verb.option("--key", "ID.key", "A key of role command.")
                .type(Path.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--gateway", "ID", "Whom it is for; repeatable.")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .required(true)
                .build())
        .addOption(Verb.option("--by", "NAME", "Who.").type(String.class).required(true).build())
        .addOption(
            Verb.option("--args", "JSON", "Such as {\"id\":\"siren-1\",\"on\":true}; default {}.")
                .type(String.class)
                .build())
        .addOption(
            Verb.option("--minutes", "N", "How long it may be carried out, 1..15; default 5.")
                .type(int.class)
                .build())
        .addOption(
            Verb.option("--out", "FILE", "The signed command; must not be there.")
                .type(Path.class)
                .required(true)
                .build());
  }

  private static CommandSpec sendSpec() {
    CommandSpec send =
        Verb.named("send", "Sends a signed command and prints each gateway's answer.")
            .addPositional(
                PositionalParamSpec.builder()
                    .index("0")
                    .paramLabel("FILE")
                    .type(Path.class)
                    .required(true)
                    .description("What command sign has made.")
                    .build())
            .addOption(
                Verb.option("--district", "CODE", "Of its gateways, such as 510108.")
                    .type(String.class)
                    .required(true)
                    .build())
            .addOption(
                Verb.option(
                        "--wait",
                        "SECONDS",
                        "For the answers, 1.." + MOST_WAIT + "; default " + USUAL_WAIT + ".")
                    .type(int.class)
                    .build());
    return BrokerOptions.add(send, true);
  }

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
        "command what? command sign, send",
        second ->
            second.commandSpec().name().equals("sign") ? sign(second, out) : send(second, out));
  }

  /** One line for each gateway: its answer as JSON. */
  private static int send(ParseResult arguments, PrintWriter out)
      throws IOException, ConfigException, InterruptedException {
    byte[] signed = Files.readAllBytes(arguments.matchedPositionalValue(0, Path.of("")));
    SignedCommand command = SignedCommand.claims(signed);
    Duration limit = Duration.ofSeconds(Verb.number(arguments, "--wait", 1, MOST_WAIT, USUAL_WAIT));
    String requester = "desk-" + UUID.randomUUID().toString().substring(0, 8);
    byte[] correlation = command.id().getBytes(StandardCharsets.UTF_8);
    Map<String, String> silent = new LinkedHashMap<>();
    boolean refused = false;
    try (Desk desk = Desk.connect(BrokerOptions.read(arguments))) {
      for (String gateway : command.audience()) {
        Topics topics = topics(arguments, gateway);
        String answers = topics.commandResponse(requester);
        desk.subscribe(List.of(answers));
        silent.put(answers, gateway);
        desk.command(topics.command(command.verb()), signed, answers, correlation, limit);
      }
      long end = System.nanoTime() + limit.toNanos();
      while (!silent.isEmpty()) {
        Optional<Desk.Heard> heard =
            desk.next(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        if (heard.isEmpty()) {
          break;
        }
        String gateway = silent.remove(heard.get().topic());
        if (gateway != null) {
          JsonNode answer = JSON.readTree(heard.get().payload()).path("data");
          refused |= !answer.path("ok").asBoolean();
          out.printf("%s  %s%n", gateway, answer);
        }
      }
    }
    silent.values().forEach(id -> out.printf("%s  no answer within %d s%n", id, limit.toSeconds()));
    return refused || !silent.isEmpty() ? FAILURE : OK;
  }

  private static Topics topics(ParseResult arguments, String gateway) {
    try {
      return new Topics(arguments.matchedOptionValue("--district", ""), gateway);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static int sign(ParseResult arguments, PrintWriter out)
      throws IOException, ConfigException {
    String verb = arguments.matchedPositionalValue(0, "");
    if (!Commands.SIGNED.contains(verb)) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "VERB must be one of "
              + String.join(", ", Commands.SIGNED)
              + ", was "
              + verb
              + "; the others need no signature");
    }
    SigningKey key = SigningKey.read(arguments.matchedOptionValue("--key", Path.of("")));
    List<String> gateways = arguments.matchedOptionValue("--gateway", List.<String>of());
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant end =
        now.plus(arguments.matchedOptionValue("--minutes", USUAL_MINUTES), ChronoUnit.MINUTES);
    ObjectNode claims = JSON.createObjectNode().put("typ", "command").put("verb", verb);
    gateways.forEach(claims.putArray("aud")::add);
    claims.put("jti", UUID.randomUUID().toString());
    claims.put("iat", now.getEpochSecond()).put("exp", end.getEpochSecond());
    claims.put("by", arguments.matchedOptionValue("--by", ""));
    claims.set("args", args(arguments));
    Path file = arguments.matchedOptionValue("--out", Path.of(verb + ".jws"));
    ConfigKeys.write(file, SignedCommand.sign(JSON.writeValueAsString(claims), key));
    out.printf(
        "%s: %s for %s, signed by %s, until %s%n",
        file, verb, String.join(", ", gateways), key.id(), end);
    return OK;
  }

  private static JsonNode args(ParseResult arguments) {
    String text = arguments.matchedOptionValue("--args", "{}");
    try {
      JsonNode args = JSON.readTree(text);
      if (args.isObject()) {
        return args;
      }
    } catch (JsonProcessingException _) {
      // said below
    }
    throw new ParameterException(
        arguments.commandSpec().commandLine(), "--args must be a JSON object, was " + text);
  }
}
