package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.cap.CapMessage;
import org.cityedge.agent.cap.StoredAlerts;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge alert}: the alerts that are open or lately were, also beside a running agent, and
 * drills in one.
 */
public final class AlertVerb implements Verb {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final CommandSpec spec =
      Verb.named("alert", "Shows alerts and raises drills: alert list, alert show, alert test.")
          .addSubcommand("list", listSpec())
          .addSubcommand("show", showSpec())
          .addSubcommand("test", AlertDrill.spec());
  private final InstantSource clock;

  public AlertVerb(InstantSource clock) {
    this.clock = clock;
  }

  private static CommandSpec listSpec() {
    return Verb.named("list", "Lists the alerts that are open, then the last 64 that were.")
        .addOption(data())
        .addOption(Verb.option("--json", "", "As a JSON array.").type(boolean.class).build());
  }

  static OptionSpec data() {
    return Verb.option("--data", "DIR", "The agent's data folder. Default: data.")
        .type(Path.class)
        .build();
  }

  static Path data(ParseResult arguments) {
    return arguments.matchedOptionValue("--data", Path.of("data"));
  }

  private static CommandSpec showSpec() {
    CommandSpec show =
        Verb.named("show", "Prints an alert that is open, or lately was, as it was last stored.");
    show.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("ID")
            .description("The alert's id, as in alertId.")
            .type(String.class)
            .arity("1")
            .build());
    show.addOption(
        Verb.option("--config", "FILE", "The factory document, gateway.yaml.")
            .type(Path.class)
            .required(true)
            .build());
    show.addOption(
        Verb.option(
                "--data", "DIR", "The agent's data folder. Default: data beside the configuration.")
            .type(Path.class)
            .build());
    show.addOption(
        Verb.option("--cap", "", "As a CAP 1.2 message, XML; else JSON.")
            .type(boolean.class)
            .build());
    return show;
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
        "alert what? alert list, alert show ID, alert test",
        verb ->
            switch (verb.commandSpec().name()) {
              case "list" -> list(verb, out);
              case "test" -> new AlertDrill(out, err).run(verb);
              default -> show(verb, out, err);
            });
  }

  private static int list(ParseResult arguments, PrintWriter out) throws IOException {
    List<Alert> kept = StoredAlerts.read(BufferConfig.defaults(data(arguments)).file());
    if (arguments.matchedOptionValue("--json", false)) {
      out.println(JSON.valueToTree(kept).toPrettyString());
      return OK;
    }
    kept.forEach(alert -> out.println(line(alert)));
    if (kept.isEmpty()) {
      out.println("no alert is open, and none was");
    }
    return OK;
  }

  /** An alert in a line. */
  static String line(Alert alert) {
    Alert.Handling handling = alert.handling();
    return "%s  %-9s %3d  %-8s %-8s %s  %s%s"
        .formatted(
            alert.alertId(),
            alert.state(),
            alert.rev(),
            alert.severity(),
            alert.kind(),
            alert.onset(),
            alert.headline(),
            handling == null ? "" : "  (%s: %s)".formatted(handling.state(), handling.by()));
  }

  private int show(ParseResult show, PrintWriter out, PrintWriter err)
      throws IOException, ConfigException {
    String id = show.matchedPositionalValue(0, "");
    Folders folders = Folders.of(show);
    GatewayConfig config = folders.active(err).config();
    List<Alert> kept = StoredAlerts.read(BufferConfig.defaults(folders.data()).file());
    Optional<Alert> found = kept.stream().filter(a -> a.alertId().equals(id)).findFirst();
    if (found.isEmpty()) {
      List<String> ids = kept.stream().map(Alert::alertId).sorted().toList();
      err.printf(
          "cityedge: no alert is kept under the id %s; kept are: %s%n",
          id, ids.isEmpty() ? "none" : String.join(", ", ids));
      return FAILURE;
    }
    out.println(
        show.matchedOptionValue("--cap", false)
            ? CapMessage.of(config.gateway(), found.get(), clock.instant())
            : JSON.valueToTree(found.get()).toPrettyString());
    return OK;
  }
}
