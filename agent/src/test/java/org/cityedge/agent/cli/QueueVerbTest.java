package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.LossReceipt;
import org.cityedge.buffer.Settlement;
import org.cityedge.buffer.SqliteEventStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class QueueVerbTest {
  @TempDir Path data;

  /** Two readings and an alert; the first reading is rejected. */
  @BeforeEach
  void makeStore() throws Exception {
    try (EventStore store =
        SqliteEventStore.open(
            BufferConfig.defaults(data),
            QueueVerbTest::receipt,
            InstantSource.fixed(Instant.parse("2026-05-01T08:00:00.250Z")))) {
      store.append(event(Lane.TELEMETRY, "t1"));
      store.append(event(Lane.TELEMETRY, "t2"));
      store.append(event(Lane.ALERT, "a1"));
      store.settle(List.of(new Settlement.Rejected(1, "0x99 payload format invalid")));
    }
  }

  @Test
  void showsEachLaneAndThatTheBooksBalance() {
    List<String> lines = run("--data", data.toString()).lines().toList();
    assertThat(lines.getFirst())
        .containsSubsequence("lane", "waiting", "bytes", "oldest number", "oldest age", "dropped");
    assertThat(lines.get(3)).startsWith("telemetry").containsPattern(" 1 +\\d+ +2 +0m \\d+s +0$");
    assertThat(lines.get(4)).startsWith("evidence").containsPattern("- +- +0$");
    assertThat(lines.getLast()).contains("rejected 1 ").endsWith("unexplained 0");
  }

  @Test
  void listsDeadLetters() {
    List<String> lines = run("--data", data.toString(), "--dead").lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.getLast())
        .containsSubsequence(
            "1 ",
            "2026-05-01T08:00:00Z",
            "telemetry",
            "city/v1/510108/gw-1/t",
            "t1",
            "0x99 payload format invalid");
  }

  @Test
  void carriesAllOfItAsJson() throws Exception {
    JsonNode all = JsonMapper.builder().build().readTree(run("--data", data.toString(), "--json"));
    JsonNode telemetry = all.at("/lanes/telemetry");
    assertThat(telemetry.get("waiting").asLong()).isEqualTo(1);
    assertThat(telemetry.get("oldest").asLong()).isEqualTo(2);
    assertThat(telemetry.get("oldestAgeS").isNumber()).isTrue();
    assertThat(telemetry.get("dropped").asLong()).isZero();
    assertThat(all.get("deadLetters")).hasSize(1);
    assertThat(all.at("/deadLetters/0/reason").asText()).isEqualTo("0x99 payload format invalid");
    assertThat(all.at("/deadLetters/0/at").asText()).isEqualTo("2026-05-01T08:00:00.250Z");
  }

  private static String run(String... arguments) {
    QueueVerb verb = new QueueVerb();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        verb.run(
            new CommandLine(verb.spec()).parseArgs(arguments),
            new PrintWriter(out, true),
            new PrintWriter(err, true));
    assertThat(code).as("%s", err).isEqualTo(Verb.OK);
    return out.toString();
  }

  private static Event event(Lane lane, String id) {
    return new Event(id, lane, "city/v1/510108/gw-1/t", "{}", new byte[100]);
  }

  private static Event receipt(LossReceipt receipt) {
    return new Event(
        "loss",
        Lane.REPORT,
        "city/v1/510108/gw-1/loss",
        "{}",
        receipt.toString().getBytes(StandardCharsets.UTF_8));
  }
}
