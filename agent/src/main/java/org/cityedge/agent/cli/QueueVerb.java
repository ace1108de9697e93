package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.DeadLetter;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.Section;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge queue}: the books of the event store and its dead letters, also beside a running
 * agent.
 */
public final class QueueVerb implements Verb {
  private static final int DEAD_LETTERS = 50;

  private final CommandSpec spec =
      Verb.named("queue", "Shows what waits in the event store, and whether its books balance.")
          .addOption(
              Verb.option("--data", "DIR", "The agent's data folder.")
                  .type(Path.class)
                  .required(true)
                  .build())
          .addOption(
              Verb.option("--dead", "", "Lists the newest 50 events that the broker rejected.")
                  .type(boolean.class)
                  .build())
          .addOption(Verb.option("--json", "", "One JSON object.").type(boolean.class).build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Path data = arguments.matchedOptionValue("--data", Path.of("."));
    Account account;
    List<DeadLetter> dead;
    try {
      Path store = BufferConfig.defaults(data).file();
      account = SqliteEventStore.inspect(store);
      dead = SqliteEventStore.deadLetters(store, DEAD_LETTERS);
    } catch (IOException e) {
      err.println("cityedge: " + e.getMessage());
      return FAILURE;
    }
    if (arguments.matchedOptionValue("--json", false)) {
      out.println(json(account, dead));
    } else if (arguments.matchedOptionValue("--dead", false)) {
      out.println(table(dead));
    } else {
      out.println(table(account));
    }
    return account.unexplained() == 0 ? OK : FAILURE;
  }

  /** What {@code --json} prints, of that store. */
  static String json(Path store) throws IOException {
    return json(SqliteEventStore.inspect(store), SqliteEventStore.deadLetters(store, DEAD_LETTERS));
  }

  private static String json(Account account, List<DeadLetter> dead) {
    ObjectNode root =
        JsonMapper.builder()
            .build()
            .createObjectNode()
            .put("appended", account.appended())
            .put("acknowledged", account.acknowledged())
            .put("rejected", account.rejected())
            .put("dropped", account.dropped())
            .put("waiting", account.waiting())
            .put("unexplained", account.unexplained());
    ObjectNode lanes = root.putObject("lanes");
    for (Lane lane : Lane.values()) {
      Account.Waiting waiting = account.waiting(lane);
      lanes
          .putObject(Section.wordFor(lane))
          .put("waiting", waiting.events())
          .put("bytes", waiting.bytes())
          .put("oldest", waiting.oldest())
          .put("oldestAgeS", waiting.age().toMillis() / 1000.0)
          .put("dropped", account.dropped(lane));
    }
    ArrayNode letters = root.putArray("deadLetters");
    for (DeadLetter letter : dead) {
      letters
          .addObject()
          .put("number", letter.number())
          .put("at", letter.at().toString())
          .put("lane", Section.wordFor(letter.lane()))
          .put("topic", letter.topic())
          .put("id", letter.id())
          .put("reason", letter.reason());
    }
    return root.toString();
  }

  private static String table(Account account) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%-12s%12s%14s%16s%14s%12s%n",
            "lane", "waiting", "bytes", "oldest number", "oldest age", "dropped"));
    for (Lane lane : Lane.values()) {
      Account.Waiting waiting = account.waiting(lane);
      text.append(
          String.format(
              "%-12s%12d%14d%16s%14s%12d%n",
              Section.wordFor(lane),
              waiting.events(),
              waiting.bytes(),
              waiting.oldest() == 0 ? "-" : waiting.oldest(),
              waiting.oldest() == 0 ? "-" : age(waiting.age()),
              account.dropped(lane)));
    }
    return text
        + String.format(
            "appended %d = acknowledged %d + rejected %d + dropped %d + waiting %d, unexplained %d",
            account.appended(),
            account.acknowledged(),
            account.rejected(),
            account.dropped(),
            account.waiting(),
            account.unexplained());
  }

  /** The largest unit that is not zero, and the next: {@code 3d 4h}. */
  private static String age(Duration age) {
    if (age.toDays() > 0) {
      return "%dd %dh".formatted(age.toDays(), age.toHoursPart());
    }
    return age.toHours() > 0
        ? "%dh %dm".formatted(age.toHours(), age.toMinutesPart())
        : "%dm %ds".formatted(age.toMinutes(), age.toSecondsPart());
  }

  private static String table(List<DeadLetter> dead) {
    if (dead.isEmpty()) {
      return "no dead letters";
    }
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%-10s %-20s %-10s %-40s %-32s %s", "number", "when", "lane", "topic", "id", "reason"));
    for (DeadLetter letter : dead) {
      text.append(
          String.format(
              "%n%-10d %-20s %-10s %-40s %-32s %s",
              letter.number(),
              letter.at().truncatedTo(ChronoUnit.SECONDS),
              Section.wordFor(letter.lane()),
              letter.topic(),
              letter.id(),
              letter.reason()));
    }
    return text.toString();
  }
}
