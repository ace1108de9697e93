package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.EvidenceChunks;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.agent.uplink.UplinkConfig.EvidencePolicy;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.Seal;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.buffer.StoredEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ROOT = "city/v1/510108/gw-0042/";
  private static final String ANSWERS = ROOT + "cmd-res/desk-7";

  @TempDir Path folder;
  private final InstantSource clock = InstantSource.system();
  private final CloudEvents events =
      new CloudEvents(
          new Topics("510108", "gw-0042"),
          ZoneId.of("Asia/Shanghai"),
          clock,
          new Ulid(clock, new Random(1)));
  private EventStore store;
  private Clips clips;
  private Commands commands;

  @BeforeEach
  void open() throws IOException {
    store = SqliteEventStore.open(BufferConfig.defaults(folder), events::loss, clock);
    clips = Clips.open(folder.resolve("clips"), new Seal(folder.resolve("key")));
    EvidenceChunks evidence = new EvidenceChunks(clips, store, events, EvidencePolicy.REQUEST);
    commands =
        new Commands(
            store,
            events,
            Map.of(
                "ping",
                _ -> new Answer.Done(Map.of("boot", 3)),
                "broken",
                _ -> {
                  throw new IllegalStateException("secret");
                },
                "evidence-get",
                new EvidenceGet(evidence)),
            new Audit(folder, clock, () -> "none"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Incoming command(
      String verb, String payload, boolean retained, Optional<String> answers, String correlation) {
    return new Incoming(
        ROOT + "cmd/" + verb,
        payload.getBytes(StandardCharsets.UTF_8),
        retained,
        Optional.of("application/json"),
        answers,
        correlation.getBytes(StandardCharsets.UTF_8),
        Map.of(),
        1,
        1);
  }

  private static Incoming command(String verb, String payload) {
    return command(verb, payload, false, Optional.of(ANSWERS), "42");
  }

  private StoredEvent answered(Incoming command) {
    long before = store.account().appended();
    commands.accept(command);
    List<StoredEvent> answers = store.read(Lane.REPORT, before, 10, Long.MAX_VALUE);
    assertThat(answers).hasSize(1);
    return answers.getFirst();
  }

  private JsonNode answer(Incoming command) throws IOException {
    return JSON.readTree(answered(command).event().payload());
  }

  @Test
  void answersWhereItWasAskedToWithTheCorrelationData() throws IOException {
    StoredEvent answer = answered(command("ping", ""));
    assertThat(answer.event().topic()).isEqualTo(ANSWERS);
    assertThat(answer.event().attributes())
        .contains("\"type\":\"org.cityedge.command.answer.v1\"")
        .contains("\"subject\":\"cmd/ping\"")
        .contains("\"correlationdata\":\"NDI=\"");
    assertThat(new String(answer.event().payload(), StandardCharsets.UTF_8))
        .isEqualTo("{\"ok\":true,\"verb\":\"ping\",\"boot\":3}");
  }

  @ParameterizedTest
  @CsvSource({
    "snapshot, NO_SUCH_VERB",
    "UPPER, NO_SUCH_VERB",
    "restart, NOT_SIGNED",
    "output-set, NOT_SIGNED",
    "evidence-delete, NOT_SIGNED",
    "broken, FAULT",
  })
  void refusesWithACode(String verb, String code) throws IOException {
    JsonNode answer = answer(command(verb, "{}"));
    assertThat(answer.get("ok").asBoolean()).isFalse();
    assertThat(answer.get("code").asText()).isEqualTo(code);
    assertThat(answer.get("message").asText()).isNotEmpty().doesNotContain("secret");
  }

  @Test
  void carriesNothingOutThatWasRetained() throws IOException {
    assertThat(answer(command("ping", "", true, Optional.of(ANSWERS), "42")).get("code").asText())
        .isEqualTo("RETAINED");
  }

  @Test
  void wantsCorrelationData() throws IOException {
    for (String wrong : List.of("", "x".repeat(Answers.MAX_CORRELATION + 1))) {
      assertThat(
              answer(command("ping", "", false, Optional.of(ANSWERS), wrong)).get("code").asText())
          .isEqualTo("NO_CORRELATION");
    }
  }

  @Test
  void answersNowhereElse() {
    for (String elsewhere :
        List.of("city/v1/510108/gw-0043/cmd-res/desk-7", ROOT + "state", ROOT + "cmd-res/a/b")) {
      StoredEvent answer = answered(command("ping", "", false, Optional.of(elsewhere), "42"));
      assertThat(answer.event().topic()).isEqualTo(ROOT + "cmd-res/unknown");
      assertThat(new String(answer.event().payload(), StandardCharsets.UTF_8))
          .contains("BAD_RESPONSE_TOPIC");
    }
    assertThat(answered(command("ping", "", false, Optional.empty(), "42")).event().topic())
        .isEqualTo(ROOT + "cmd-res/unknown");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "evidence-get | {\"id\":\"e2\"} | NO_SUCH_EVIDENCE",
        "evidence-get | {\"id\":\"../e1\"} | BAD_REQUEST",
        "evidence-get | {\"id\":\"e1\",\"from\":\"0\"} | BAD_REQUEST",
        "evidence-get | {\"id\":\"e1\",\"from\":0.5} | BAD_REQUEST",
        "evidence-get | {\"id\":\"e1\",\"from\":3} | BAD_REQUEST",
        "evidence-get | {} | BAD_REQUEST",
        "ping | [] | BAD_REQUEST",
        "ping | {\"a\": | BAD_REQUEST",
      })
  void namesWhatIsWrongWithARequest(String verb, String payload, String code) throws IOException {
    clips.put("e1.jpg", new byte[] {1, 2, 3});
    assertThat(answer(command(verb, payload)).get("code").asText()).isEqualTo(code);
    assertThat(store.account().waiting(Lane.EVIDENCE).events()).isZero();
  }

  @Test
  void sendsEvidenceOnceWhenAskedTwice() throws IOException {
    clips.put("e1.jpg", new byte[] {1, 2, 3});
    JsonNode first = answer(command("evidence-get", "{\"id\":\"e1\",\"from\":1}"));
    assertThat(first.get("ok").asBoolean()).isTrue();
    assertThat(first.get("size").asLong()).isEqualTo(3);
    assertThat(first.get("from").asLong()).isEqualTo(1);
    assertThat(first.get("sha256").asText()).hasSize(64);
    assertThat(answer(command("evidence-get", "{\"id\":\"e1\"}")).get("code").asText())
        .isEqualTo("ALREADY_SENDING");
    assertThat(store.account().waiting(Lane.EVIDENCE).events()).isEqualTo(1);
  }
}
