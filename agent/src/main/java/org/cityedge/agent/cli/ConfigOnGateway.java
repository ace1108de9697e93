package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.cityedge.agent.remote.ByHand;
import org.cityedge.agent.uplink.RestartBudget;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Deployment;
import org.cityedge.config.Order;
import org.cityedge.config.Standing;
import org.cityedge.config.Standing.Version;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge config status}, {@code history}, {@code apply} and {@code rollback}: what a
 * technician does on the gateway itself, with or without network, beside the running agent or while
 * it is stopped.
 */
final class ConfigOnGateway {
  private static final int USUAL_WAIT = 300;

  /** Twice the longest deadline of an order. */
  private static final int MOST_WAIT = 3600;

  private ConfigOnGateway() {}

  static CommandSpec statusSpec() {
    return Verb.named("status", "What is active, on trial, and how the last order ended.")
        .addOption(data());
  }

  static CommandSpec historySpec() {
    return Verb.named("history", "The versions that are kept, the active one first.")
        .addOption(data());
  }

  static CommandSpec applySpec() {
    return Verb.named("apply", "Gives the agent an order from a file, such as one on a stick.")
        .addPositional(
            PositionalParamSpec.builder()
                .index("0")
                .paramLabel("FILE")
                .type(Path.class)
                .required(true)
                .description("The signed order, as of config sign.")
                .build())
        .addOption(data())
        .addOption(waitFor());
  }

  static CommandSpec rollbackSpec() {
    return Verb.named("rollback", "Goes back to an earlier version, or ends a trial.")
        .addPositional(
            PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("N")
                .type(int.class)
                .description("How many versions, default 1; one more than there are: the factory.")
                .build())
        .addOption(data())
        .addOption(waitFor());
  }

  private static OptionSpec data() {
    return Verb.option("--data", "DIR", "The agent's data folder.")
        .type(Path.class)
        .required(true)
        .build();
  }

  private static OptionSpec waitFor() {
    return Verb.option(
            "--wait",
            "SECONDS",
            "For the agent's result, 0.." + MOST_WAIT + "; default " + USUAL_WAIT + ".")
        .type(int.class)
        .build();
  }

  private static Path folder(ParseResult arguments) throws IOException {
    return Folders.existing(arguments.matchedOptionValue("--data", Path.of("data")));
  }

  /** Where an agent has been, there is the folder of versions, be it empty. */
  private static Path versions(ParseResult arguments) throws IOException {
    return Folders.existing(folder(arguments).resolve("config"));
  }

  static int status(ParseResult arguments, PrintWriter out) throws IOException {
    Path config = versions(arguments);
    Standing standing = Deployment.known(config);
    out.printf("active   %s%n", standing.good().map(ConfigOnGateway::name).orElse("factory"));
    standing
        .attempt()
        .ifPresent(
            attempt ->
                out.printf(
                    "trial    %s, starts since then %d%n",
                    name(attempt.version()), attempt.starts()));
    standing
        .last()
        .ifPresent(
            last ->
                out.printf(
                    "last     sequence %d %s %s %s%n",
                    last.sequence(), last.state().word(), last.code(), last.detail()));
    out.printf(
        "floor    epoch %d, sequence %d%n", standing.floor().epoch(), standing.floor().sequence());
    for (Standing.Blocked blocked : standing.blocked()) {
      out.printf(
          "blocked  epoch %d, sequence %d: %s%n",
          blocked.epoch(), blocked.sequence(), blocked.code());
    }
    return Verb.OK;
  }

  static int history(ParseResult arguments, PrintWriter out) throws IOException {
    Path config = versions(arguments);
    Standing standing = Deployment.known(config);
    List<Version> versions = new ArrayList<>(standing.good().stream().toList());
    versions.addAll(standing.earlier());
    int back = 0;
    for (Version version : versions) {
      out.printf("%2d  %s%n", back++, described(config, version));
    }
    out.printf("%2d  factory%n", back);
    return Verb.OK;
  }

  private static String described(Path config, Version version) {
    try {
      Optional<Deployment.Document> document = Deployment.inspect(config, version);
      if (document.isEmpty()) {
        return name(version) + "  damaged";
      }
      Order order =
          document
              .get()
              .open(
                  section -> {
                    section.ignoreRest();
                    return 0;
                  })
              .order();
      return "%s  issued %s by %s: %s"
          .formatted(name(version), order.issuedAt(), order.by(), order.reason());
    } catch (ConfigException | IOException e) {
      return name(version) + "  cannot be read";
    }
  }

  private static String name(Version version) {
    return "epoch %d, sequence %d".formatted(version.epoch(), version.sequence());
  }

  static int apply(ParseResult arguments, PrintWriter out)
      throws IOException, InterruptedException {
    Path file = arguments.matchedPositionalValue(0, Path.of(""));
    Duration limit = patience(arguments);
    Path data = folder(arguments);
    ByHand agent = new ByHand(data);
    byte[] order = Files.readAllBytes(file);
    Optional<Deployment> free = free(data);
    agent.ask("order", order);
    if (free.isPresent()) {
      free.get().close();
      out.println("no agent runs here; it takes the order when it starts");
      return Verb.WARNING;
    }
    return await(agent, limit, out);
  }

  static int rollback(ParseResult arguments, PrintWriter out)
      throws IOException, InterruptedException {
    Duration limit = patience(arguments);
    int back = arguments.matchedPositionalValue(0, 1);
    Path data = folder(arguments);
    Optional<Deployment> free = free(data);
    if (free.isEmpty()) {
      ByHand agent = new ByHand(data);
      agent.ask("back", Integer.toString(back).getBytes(StandardCharsets.UTF_8));
      return await(agent, limit, out);
    }
    try (Deployment deployment = free.get()) {
      deployment.goBack(back, ByHand.ROLLBACK, ByHand.DETAIL);
      out.printf(
          "active at the next start: %s%n",
          deployment.standing().good().map(ConfigOnGateway::name).orElse("factory"));
      return Verb.OK;
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The versions, when no agent has them. */
  private static Optional<Deployment> free(Path data) {
    try {
      return Optional.of(Deployment.open(data.resolve("config"), RestartBudget.machineBoot()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Duration patience(ParseResult arguments) {
    return Duration.ofSeconds(Verb.number(arguments, "--wait", 0, MOST_WAIT, USUAL_WAIT));
  }

  private static int await(ByHand agent, Duration limit, PrintWriter out)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() - end < 0) {
      Optional<String[]> answer = agent.answer();
      if (answer.isPresent()) {
        out.println(String.join(" ", answer.get()).strip());
        boolean asked = answer.get()[0].equals("committed") || answer.get()[1].equals("ROLLBACK");
        return asked && !answer.get()[0].equals("rejected") ? Verb.OK : Verb.FAILURE;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    out.printf("no result within %d s; see config status%n", limit.toSeconds());
    return Verb.FAILURE;
  }
}
