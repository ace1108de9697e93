package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Maintainer;
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
import org.cityedge.config.Section;
import org.cityedge.config.SeenCommands;
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
  private Audit audit;
  private Maintainer maintainer;
  private long nanos;
  private int carriedOut;
  private final CountDownLatch released = new CountDownLatch(1);

  @BeforeEach
  void open() throws Exception {
    store = SqliteEventStore.open(BufferConfig.defaults(folder), events::loss, clock);
    clips = Clips.open(folder.resolve("clips"), new Seal(folder.resolve("key")));
    EvidenceChunks evidence =
        new EvidenceChunks(clips, store, events, EvidencePolicy.REQUEST, System::nanoTime);
    audit = new Audit(folder, clock, () -> "none");
    maintainer = Maintainer.provision(folder, folder);
    commands = commands(new EvidenceGet(evidence));
  }

  /** As a gateway makes them when it is started. */
  private Commands commands(EvidenceGet evidenceGet) {
    SignedCommands signed =
        new SignedCommands(
            "gw-0042",
            new TrustedKeys(folder),
            new SeenCommands(folder.resolve("seen"), clock),
            clock,
            () -> true,
            audit,
            Map.of("restart", this::count, "evidence-delete", this::count));
    return new Commands(
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
            evidenceGet,
            "slow",
            _ ->
                new Answer.Later(
                    "slow work",
                    () -> {
                      released.await();
                      return new Answer.Done(Map.of("late", true));
                    })),
        signed,
        audit,
        () -> nanos);
  }

  private Action count(Section args) {
    args.integer("versions", 1, 10, 1);
    return new Action("counting", _ -> new Answer.Done(Map.of("done", ++carriedOut)));
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
    "nonsense, NO_SUCH_VERB",
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
    for (String wrong : List.of("", "x".repeat(Incoming.MAX_CORRELATION + 1))) {
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

  private String code(Incoming command) throws IOException {
    return answer(command).path("code").asText("done");
  }

  private List<String> audited() throws IOException {
    return Chain.records(folder).stream()
        .map(AuditRecord::entry)
        .map(e -> (e.what() + " " + e.code()).strip() + " by " + e.actor())
        .toList();
  }

  @Test
  void carriesASignedCommandOutOnceAlsoOverARestart() throws Exception {
    Incoming restart =
        command("restart", maintainer.command("gw-0042", "restart", "c-1", "{\"versions\":2}"));
    assertThat(code(restart)).isEqualTo("done");
    assertThat(code(restart)).isEqualTo("REPLAYED");
    commands =
        commands(
            new EvidenceGet(
                new EvidenceChunks(
                    clips, store, events, EvidencePolicy.REQUEST, System::nanoTime)));
    assertThat(code(restart)).isEqualTo("REPLAYED");
    assertThat(carriedOut).isEqualTo(1);
    assertThat(audited())
        .containsExactly(
            "taken by command-1 (ops-li)",
            "done by command-1 (ops-li)",
            "refused REPLAYED by command-1 (ops-li)",
            "refused REPLAYED by command-1 (ops-li)");
  }

  @Test
  void carriesNoSignedCommandOutThatIsNotForItOrWasRetained() throws Exception {
    String other = maintainer.command("gw-0043", "restart", "c-1", "{}");
    assertThat(code(command("restart", other))).isEqualTo("WRONG_AUDIENCE");
    String verb = maintainer.command("gw-0042", "restart", "c-2", "{}");
    assertThat(code(command("evidence-delete", verb))).isEqualTo("WRONG_VERB");
    String wrong = maintainer.command("gw-0042", "restart", "c-3", "{\"versions\":11}");
    assertThat(code(command("restart", wrong))).isEqualTo("BAD_REQUEST");
    String more = maintainer.command("gw-0042", "restart", "c-4", "{\"now\":true}");
    assertThat(code(command("restart", more))).isEqualTo("BAD_REQUEST");
    String retained = maintainer.command("gw-0042", "restart", "c-5", "{}");
    assertThat(code(command("restart", retained, true, Optional.of(ANSWERS), "42")))
        .isEqualTo("RETAINED");
    assertThat(code(command("restart", maintainer.order(1, config(), "{}"))))
        .isEqualTo("NOT_SIGNED");
    assertThat(carriedOut).isZero();
    assertThat(audited()).hasSize(6).allMatch(line -> line.startsWith("refused"));
  }

  private Path config() throws IOException {
    return new City(java.net.URI.create("mqtt://h")).write(folder);
  }

  @Test
  void changesNothingWithoutARecordOfIt() throws Exception {
    Files.writeString(folder.resolve("audit"), "no folder");
    String signed = maintainer.command("gw-0042", "restart", "c-1", "{}");
    assertThat(code(command("restart", signed))).isEqualTo("STORAGE");
    assertThat(carriedOut).isZero();
  }

  @Test
  void followsNoSignedCommandWithoutKeys() throws Exception {
    String signed = maintainer.command("gw-0042", "restart", "c-1", "{}");
    Files.delete(folder.resolve("keys").resolve("keys.jws"));
    assertThat(code(command("restart", signed))).isEqualTo("KEY_UNKNOWN");
    Files.delete(folder.resolve("keys").resolve("root.pub.json"));
    assertThat(code(command("restart", signed))).isEqualTo("KEY_UNKNOWN");
    assertThat(carriedOut).isZero();
  }

  @Test
  void aFloodIsRefusedThenNotEvenAnsweredAndCountedInTheAudit() throws IOException {
    for (int i = 0; i < Commands.MOST; i++) {
      assertThat(code(command("ping", ""))).isEqualTo("done");
    }
    for (int i = 0; i < Commands.MOST; i++) {
      assertThat(code(command("ping", ""))).isEqualTo("TOO_MANY");
    }
    long before = store.account().appended();
    for (int i = 0; i < 1000; i++) {
      commands.accept(command("ping", ""));
    }
    assertThat(store.account().appended()).isEqualTo(before);
    nanos = Duration.ofSeconds(1).toNanos();
    assertThat(code(command("ping", ""))).isEqualTo("done");
    assertThat(code(command("ping", ""))).isEqualTo("TOO_MANY");
    List<AuditRecord> records = Chain.records(folder);
    assertThat(records).hasSize(2 * Commands.MOST + 3);
    assertThat(records.get(2 * Commands.MOST).entry().detail())
        .isEqualTo("1000 more were refused unanswered");
    nanos = Duration.ofHours(1).toNanos();
    assertThat(code(command("ping", ""))).isEqualTo("done");
  }

  private Optional<StoredEvent> answerTo(String correlation) {
    String base64 =
        Base64.getEncoder().encodeToString(correlation.getBytes(StandardCharsets.UTF_8));
    return store.read(Lane.REPORT, 0, 100, Long.MAX_VALUE).stream()
        .filter(e -> e.event().attributes().contains(base64))
        .findFirst();
  }

  private static Incoming slow(String correlation) {
    return command("slow", "", false, Optional.of(ANSWERS), correlation);
  }

  @Test
  void whatTakesItsTimeHoldsUpNoOtherCommandAndIsAnsweredWithItsOwnCorrelation() throws Exception {
    commands.accept(slow("first"));
    assertThat(code(command("ping", ""))).isEqualTo("done");
    assertThat(answerTo("first")).isEmpty();
    assertThat(answer(slow("second")).get("code").asText()).isEqualTo("BUSY");
    released.countDown();
    Eventually.await("an answer", Duration.ofSeconds(10), () -> answerTo("first").isPresent());
    assertThat(
            new String(answerTo("first").orElseThrow().event().payload(), StandardCharsets.UTF_8))
        .contains("\"late\":true", "\"ok\":true");
    assertThat(Chain.records(folder))
        .extracting(r -> r.entry().subject() + " " + r.entry().what() + " " + r.entry().code())
        .contains("slow refused BUSY", "slow done ");
  }

  @Test
  void whatIsStillWorkedAtWhenTheGatewayClosesIsAnsweredAsWell() throws IOException {
    commands.accept(slow("first"));
    commands.close();
    assertThat(
            new String(answerTo("first").orElseThrow().event().payload(), StandardCharsets.UTF_8))
        .contains("\"code\":\"CLOSING\"");
    assertThat(code(slow("second"))).isEqualTo("CLOSING");
  }
}
