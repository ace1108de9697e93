package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.uplink.BrokerPing;
import org.cityedge.agent.uplink.Credentials;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Section;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge mqtt ping}: the way to each broker, stage by stage. Exit code: 0 when every
 * broker delivers, 1 when one does not or something is amiss, 2 when none delivers.
 */
public final class MqttVerb implements Verb {
  private static final int MOST = 1000;

  private final CommandSpec spec =
      Verb.named("mqtt", "Looks at the way to the brokers: mqtt ping.")
          .addSubcommand("ping", pingSpec());

  private static CommandSpec pingSpec() {
    CommandSpec ping =
        Verb.named(
            "ping",
            "Connects to each broker of the configuration that the agent runs and tells every stage; safe beside a running agent.");
    ping.addOption(
        Verb.option("--config", "FILE", "The factory document, gateway.yaml.")
            .type(Path.class)
            .required(true)
            .build());
    ping.addOption(
        Verb.option(
                "--data",
                "DIR",
                "The agent's data folder, with secrets/ and certificates/. Default: data beside the configuration.")
            .type(Path.class)
            .build());
    ping.addOption(
        Verb.option("--count", "N", "Messages to publish, 1.." + MOST + "; default 1.")
            .type(int.class)
            .build());
    ping.addOption(Verb.option("--json", "", "One JSON array.").type(boolean.class).build());
    return ping;
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Optional<ParseResult> second = Verb.subcommand(arguments, out, "mqtt what? mqtt ping");
    if (second.isEmpty()) {
      return OK;
    }
    ParseResult ping = second.get();
    int count = ping.matchedOptionValue("--count", 1);
    if (count < 1 || count > MOST) {
      throw new ParameterException(
          ping.commandSpec().commandLine(), "--count must be 1.." + MOST + ", was " + count);
    }
    Folders folders = Folders.of(ping);
    try {
      List<BrokerPing.Outcome> outcomes = ping(folders.active(err).config(), folders.data(), count);
      if (ping.matchedOptionValue("--json", false)) {
        out.println(json(outcomes));
      } else {
        outcomes.forEach(outcome -> print(outcome, out));
      }
      return exitCode(outcomes);
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return FAILURE;
    } catch (IOException e) {
      err.println("cityedge: " + folders.data() + " cannot be read: " + e.getMessage());
      return FAILURE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILURE;
    }
  }

  private static List<BrokerPing.Outcome> ping(GatewayConfig config, Path data, int count)
      throws InterruptedException {
    BrokerPing ping =
        new BrokerPing(
            config.uplink(),
            Credentials.in(data),
            new Topics(config.gateway().district(), config.gateway().id()),
            InstantSource.system(),
            System::nanoTime);
    List<BrokerPing.Outcome> outcomes = new ArrayList<>();
    for (URI broker : config.uplink().brokers()) {
      outcomes.add(ping.ping(broker, count));
    }
    return outcomes;
  }

  private static int exitCode(List<BrokerPing.Outcome> outcomes) {
    if (outcomes.stream().allMatch(BrokerPing.Outcome::failed)) {
      return FAILURE;
    }
    return outcomes.stream().anyMatch(outcome -> outcome.failed() || outcome.warned())
        ? WARNING
        : OK;
  }

  private static void print(BrokerPing.Outcome outcome, PrintWriter out) {
    out.println(outcome.broker());
    for (BrokerPing.Stage stage : outcome.stages()) {
      out.printf(
          "  %-12s%9.1f ms  %s%s%n",
          stage.name(),
          stage.millis(),
          stage.mark() == BrokerPing.Mark.OK ? "" : stage.mark() + " ",
          stage.text());
    }
  }

  private static String json(List<BrokerPing.Outcome> outcomes) {
    ArrayNode all = JsonMapper.builder().build().createArrayNode();
    for (BrokerPing.Outcome outcome : outcomes) {
      ObjectNode broker = all.addObject().put("broker", outcome.broker().toString());
      broker.put("delivers", !outcome.failed());
      ArrayNode stages = broker.putArray("stages");
      for (BrokerPing.Stage stage : outcome.stages()) {
        stages
            .addObject()
            .put("name", stage.name())
            .put("result", Section.wordFor(stage.mark()))
            .put("millis", Math.round(stage.millis() * 10) / 10.0)
            .put("text", stage.text());
      }
    }
    return all.toString();
  }
}
