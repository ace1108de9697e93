package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.Drill;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.agent.cap.StoredAlerts;
import org.cityedge.agent.remote.Drills;
import org.cityedge.buffer.BufferConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge alert test}: a drill through the agent that runs on a data folder, followed from
 * its onset to its end.
 */
final class AlertDrill {
  /** Until the agent has taken the order, waited for its camera's picture and stored the alert. */
  private static final Duration ANSWER = Drill.PICTURE.plusSeconds(7);

  /** Beyond the drill's own length: the agent's pulse, and a busy disk. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  private static final Duration LOOK = Duration.ofMillis(200);

  private final PrintWriter out;
  private final PrintWriter err;
  private String told = "";

  AlertDrill(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  static CommandSpec spec() {
    return Verb.named(
            "test",
            "Raises an alert as a drill (演练) in the running agent: it reaches the centre as an",
            "exercise, with its camera window and picture, and is cleared when its time is over.",
            "Outputs stay off. Exit code 0 accepted by the centre, 1 not accepted, 2 not reported.")
        .addOption(
            Verb.option("--exercise", "", "Required: says that the centre's duty officer knows.")
                .type(boolean.class)
                .build())
        .addOption(
            Verb.option("--kind", "KIND", "Of its first rule: " + kinds() + ".")
                .type(String.class)
                .build())
        .addOption(Verb.option("--rule", "ID", "Of this rule.").type(String.class).build())
        .addOption(
            Verb.option("--seconds", "N", "How long it lasts, 5..600. Default: 60.")
                .type(int.class)
                .build())
        .addOption(AlertVerb.data());
  }

  private static String kinds() {
    return Arrays.stream(Rule.Kind.values()).map(Rule.Kind::word).collect(Collectors.joining(", "));
  }

  int run(ParseResult arguments) throws IOException, InterruptedException {
    Path data = AlertVerb.data(arguments);
    Drill.Order order = order(arguments);
    Drills drills = new Drills(data);
    drills.ask(order);
    Optional<String[]> answer = drills.answer();
    for (long end = after(ANSWER); answer.isEmpty() && before(end); answer = drills.answer()) {
      Thread.sleep(LOOK);
    }
    if (answer.isEmpty()) {
      err.println(
          drills.withdraw()
              ? "cityedge: no agent runs on the data folder %s".formatted(data)
              : "cityedge: the agent has taken the drill and not raised it; see its log");
      return Verb.FAILURE;
    }
    if (!answer.get()[0].equals("raised")) {
      err.println("cityedge: the drill is refused: " + answer.get()[1]);
      return Verb.FAILURE;
    }
    return follow(BufferConfig.defaults(data).file(), answer.get()[1], order.length());
  }

  private static Drill.Order order(ParseResult arguments) {
    if (!arguments.matchedOptionValue("--exercise", false)) {
      throw wrong(arguments, "it reaches the centre; say --exercise when the centre knows of it");
    }
    Optional<String> rule = Optional.ofNullable(arguments.matchedOptionValue("--rule", null));
    String word = arguments.matchedOptionValue("--kind", "");
    Optional<Rule.Kind> kind =
        Arrays.stream(Rule.Kind.values()).filter(k -> k.word().equals(word)).findFirst();
    if (rule.isEmpty() && kind.isEmpty()) {
      throw wrong(arguments, "--rule ID, or --kind, one of " + kinds());
    }
    Duration length = Duration.ofSeconds(arguments.matchedOptionValue("--seconds", 60));
    if (length.compareTo(Drill.SHORTEST) < 0 || length.compareTo(Drill.LONGEST) > 0) {
      throw wrong(arguments, "--seconds is 5..600, not " + length.toSeconds());
    }
    return new Drill.Order(rule, kind, length);
  }

  private static ParameterException wrong(ParseResult arguments, String what) {
    return new ParameterException(arguments.commandSpec().commandLine(), "alert test: " + what);
  }

  private int follow(Path store, String id, Duration length)
      throws IOException, InterruptedException {
    long end = after(length.plus(GRACE));
    Optional<Alert> alert = find(store, id);
    while (before(end) && !alert.map(AlertDrill::isOver).orElse(false)) {
      alert.ifPresent(this::tell);
      Thread.sleep(LOOK);
      alert = find(store, id);
    }
    if (alert.isEmpty()) {
      err.println("cityedge: alert %s is no longer kept".formatted(id));
      return Verb.FAILURE;
    }
    Alert last = alert.get();
    tell(last);
    if (last.reportedMs() == null) {
      err.println(
          "cityedge: no broker has confirmed the drill; it waits in the store. See: cityedge mqtt"
              + " ping");
      return Verb.FAILURE;
    }
    out.printf("the broker confirmed it after %d ms%n", last.reportedMs());
    if (last.handling() == null) {
      out.println("nobody at the centre has accepted it");
      return Verb.WARNING;
    }
    return Verb.OK;
  }

  private static boolean isOver(Alert alert) {
    return alert.clearedAt() != null
        || alert.state().equals("cancelled")
        || alert.state().equals("expired");
  }

  private static Optional<Alert> find(Path store, String id) throws IOException {
    return StoredAlerts.read(store).stream().filter(a -> a.alertId().equals(id)).findFirst();
  }

  /** Each message once. */
  private void tell(Alert alert) {
    String line = AlertVerb.line(alert);
    if (!line.equals(told)) {
      told = line;
      out.println(line);
      out.flush();
    }
  }

  private static long after(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  private static boolean before(long end) {
    return System.nanoTime() - end < 0;
  }
}
