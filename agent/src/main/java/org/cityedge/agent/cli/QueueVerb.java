package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.Section;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cityedge queue}: the books of the event store, also beside a running agent. */
public final class QueueVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("queue", "Shows what waits in the event store, and whether its books balance.")
          .addOption(
              Verb.option("--data", "DIR", "The agent's data folder.")
                  .type(Path.class)
                  .required(true)
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
    try {
      account = SqliteEventStore.inspect(BufferConfig.defaults(data).file());
    } catch (IOException e) {
      err.println("cityedge: " + e.getMessage());
      return FAILURE;
    }
    out.println(arguments.matchedOptionValue("--json", false) ? json(account) : table(account));
    return account.unexplained() == 0 ? OK : FAILURE;
  }

  private static String json(Account account) {
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
      Account.Waiting waiting = account.lanes().getOrDefault(lane, Account.Waiting.NONE);
      lanes
          .putObject(Section.wordFor(lane))
          .put("waiting", waiting.events())
          .put("bytes", waiting.bytes())
          .put("oldest", waiting.oldest());
    }
    return root.toString();
  }

  private static String table(Account account) {
    StringBuilder text = new StringBuilder();
    text.append(String.format("%-12s%12s%14s%16s%n", "lane", "waiting", "bytes", "oldest number"));
    for (Lane lane : Lane.values()) {
      Account.Waiting waiting = account.lanes().getOrDefault(lane, Account.Waiting.NONE);
      text.append(
          String.format(
              "%-12s%12d%14d%16s%n",
              Section.wordFor(lane),
              waiting.events(),
              waiting.bytes(),
              waiting.oldest() == 0 ? "-" : waiting.oldest()));
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
}
