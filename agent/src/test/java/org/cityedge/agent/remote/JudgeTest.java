package org.cityedge.agent.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.audit.Entry;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.config.Deployment;
import org.cityedge.config.SignedConfig.Code;
import org.cityedge.config.Standing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgeTest {
  @TempDir Path folder;
  private Instant now = Instant.now();
  private final InstantSource clock = () -> now;
  private final List<String> reported = new ArrayList<>();
  private Maintainer maintainer;
  private Path document;
  private GatewayConfig.Identity self;
  private Deployment deployment;
  private Judge judge;
  private Reports reports;
  private long nanos;
  private boolean full;
  private int owed;
  private int faults;
  private ByHand byHand;

  @BeforeEach
  void provision() throws Exception {
    maintainer = Maintainer.provision(folder, folder);
    document = new City(URI.create("mqtt://h")).write(folder);
    self = GatewayConfig.load(document, folder).gateway();
    start();
  }

  private void start() throws Exception {
    deployment = Deployment.open(folder.resolve("config"), "boot-1");
    deployment.recover();
    TrustedKeys keys = new TrustedKeys(folder);
    Audit audit = new Audit(folder, clock, () -> "ntp");
    OrderAudit orders = new OrderAudit(audit);
    byHand = new ByHand(folder);
    reports = new Reports(deployment, keys, byHand, orders, new Centre(), () -> nanos);
    judge =
        new Judge(
            deployment,
            keys,
            new KeyWatch(keys, audit),
            orders,
            reports,
            this::isClockTrusted,
            clock,
            folder);
  }

  /** Where a fault that nobody has thought of strikes while an order is judged. */
  private boolean isClockTrusted() {
    if (faults-- > 0) {
      throw new IllegalStateException("out of order");
    }
    return true;
  }

  @AfterEach
  void close() throws IOException {
    deployment.close();
  }

  private final class Centre implements Reports.Speaker {
    @Override
    public Optional<Standing.Version> active() {
      return Optional.empty();
    }

    @Override
    public OptionalLong say(byte[] report) {
      if (full) {
        return OptionalLong.empty();
      }
      reported.add(new String(report, UTF_8));
      return OptionalLong.of(reported.size());
    }

    @Override
    public void sayLater() {
      owed++;
    }
  }

  private byte[] order(long sequence) throws Exception {
    return maintainer.order(sequence, document, "{}").getBytes(UTF_8);
  }

  /** {@code received sequence 58 by config-1 (ops-li)}. */
  private List<String> audited() throws IOException {
    return Chain.records(folder).stream()
        .map(AuditRecord::entry)
        .filter(e -> e.subject().startsWith("sequence"))
        .map(e -> "%s %s %s by %s".formatted(e.what(), e.subject(), e.code(), e.actor()))
        .map(line -> line.replace("  ", " "))
        .toList();
  }

  /** Row 4, when both wait: each order has an id of its own, so these two differ. */
  @Test
  void ofTwoOrdersWithOneNumberTheFirstIsFollowedAndTheOtherRefused() throws Exception {
    byte[] first = order(58);
    Optional<Judge.Chosen> chosen = judge.newest(List.of(first, order(58), first), self);
    assertThat(chosen.orElseThrow().signed()).isEqualTo(first);
    assertThat(audited())
        .containsExactly(
            "received sequence 58 by config-1 (ops-li)",
            "rejected sequence 58 SEQ_REUSED by says: config-1");
    assertThat(reported).hasSize(1).allMatch(report -> report.contains("SEQ_REUSED"));
  }

  /** Its file is there and is not to be read, and a retained order comes again. */
  @Test
  void sendsNoVerdictOnAnOrderThatWaitsToBeRead() throws Exception {
    byte[] newest = order(58);
    for (byte[] signed : List.of(order(57), newest)) {
      Judge.Chosen chosen = judge.newest(List.of(signed), self).orElseThrow();
      deployment.begin(signed, chosen.accepted(), chosen.epoch());
      deployment.commit("");
    }
    deployment.close();
    try (Stream<Path> files = Files.list(folder.resolve("config"))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith("state.")) {
          Files.writeString(file, "x");
        } else if (name.startsWith("1-58-")) {
          Files.delete(file);
          Files.createDirectory(file);
        }
      }
    }
    start();
    assertThat(deployment.standing().good().map(Standing.Version::sequence)).contains(57L);
    new ByHand(folder).ask("order", newest);
    byte[] byHands = byHand.order().orElseThrow();
    assertThat(judge.newest(List.of(byHands), self)).isEmpty();
    assertThat(byHand.answer().orElseThrow()).as("nobody waits for its end").contains("STORAGE");
    assertThat(reported).singleElement().asString().doesNotContain("SEQ_REUSED", "rejected");
    assertThat(judge.newest(List.of(order(58)), self)).isEmpty();
    assertThat(reported).last().asString().contains("SEQ_REUSED");
  }

  /** Rows 4 and 17. */
  @Test
  void aNumberOfAnOrderThatWasOvertakenIsTakenAsWell() throws Exception {
    byte[] newest = order(59);
    Optional<Judge.Chosen> chosen = judge.newest(List.of(order(58), newest, order(58)), self);
    assertThat(chosen.orElseThrow().signed()).isEqualTo(newest);
    assertThat(audited())
        .containsExactly(
            "received sequence 58 by config-1 (ops-li)",
            "received sequence 59 by config-1 (ops-li)",
            "superseded sequence 58 SUPERSEDED by config-1 (ops-li)",
            "rejected sequence 58 SEQ_REUSED by says: config-1");
  }

  @Test
  void anOrderThatTheAgentStumblesOverIsRefusedAndTheNextOneJudged() throws Exception {
    faults = 1;
    byte[] next = order(59);
    Optional<Judge.Chosen> chosen = judge.newest(List.of(order(58), next), self);
    assertThat(chosen.orElseThrow().signed()).isEqualTo(next);
    assertThat(reported)
        .hasSize(1)
        .allMatch(report -> report.contains("SIG_INVALID") && report.contains("cannot be judged"));
  }

  /** A retained one comes again after each restart. */
  @Test
  void textThatNoParserTakesIsRefused() throws Exception {
    byte[] next = order(58);
    byte[] stray = "{\"payload\":\"\\UFFFFFFFF\",\"signatures\":[]}".getBytes(UTF_8);
    assertThat(judge.newest(List.of(stray, next), self).orElseThrow().signed()).isEqualTo(next);
    assertThat(reported).hasSize(1).allMatch(report -> report.contains("SIG_INVALID"));
  }

  @Test
  void aFloodOfRefusedOrdersIsCountedAndNotAnswered() throws Exception {
    int known = Chain.records(folder).size() + 1; // the keys, which are seen first
    List<byte[]> flood =
        IntStream.range(0, 1000).mapToObj(i -> ("garbage " + i).getBytes(UTF_8)).toList();
    assertThat(judge.newest(flood, self)).isEmpty();
    assertThat(reported).hasSize(Reports.MOST);
    assertThat(Chain.records(folder)).hasSize(known + Reports.MOST);
    nanos += Duration.ofMinutes(1).toNanos();
    judge.newest(List.of("garbage".getBytes(UTF_8)), self);
    assertThat(reported).hasSize(Reports.MOST + 1);
    assertThat(reported.getLast()).contains("\"refused\":1001", "SIG_INVALID");
    List<AuditRecord> records = Chain.records(folder);
    assertThat(records).hasSize(known + Reports.MOST + 2);
    Entry summary = records.get(known + Reports.MOST).entry();
    assertThat(summary.code()).isEqualTo("TOO_MANY");
    assertThat(summary.detail()).startsWith("980 more were refused");
    assertThat(summary.high()).isTrue();
  }

  /** What was followed is not signed for one moment only: whoever sees it can send it again. */
  @Test
  void aFloodOfAnOrderThatWasFollowedIsNotAnsweredEachTime() throws Exception {
    byte[] order = order(58);
    Judge.Chosen chosen = judge.newest(List.of(order), self).orElseThrow();
    Deployment.Document _ = deployment.begin(order, chosen.accepted(), chosen.epoch());
    deployment.commit("");
    assertThat(judge.newest(Collections.nCopies(100, order), self)).isEmpty();
    assertThat(reported).hasSize(Reports.MOST).allMatch(report -> report.contains("committed"));
  }

  @Test
  void anAnswerThatTheDiskRefusesIsGivenLater() throws Exception {
    full = true;
    assertThat(judge.newest(List.of("garbage".getBytes(UTF_8)), self)).isEmpty();
    assertThat(owed).isEqualTo(1);
    full = false;
    assertThat(reports.sayAgain(report -> reported.add(new String(report, UTF_8)))).isTrue();
    assertThat(reported).singleElement().asString().contains("SIG_INVALID");
  }

  /** Row 6, once the clock is right. */
  @Test
  void judgesByTheKeysThatAreThereNowWhetherAnOrderIsStillGood() throws Exception {
    byte[] order = order(58);
    Judge.Chosen chosen = judge.newest(List.of(order), self).orElseThrow();
    Deployment.Document followed = deployment.begin(order, chosen.accepted(), chosen.epoch());
    assertThat(judge.untimely(followed)).isEmpty();
    now = Instant.now().plus(Duration.ofDays(400));
    assertThat(judge.untimely(followed).orElseThrow().code()).isEqualTo(Code.KEY_UNKNOWN);
    Files.delete(folder.resolve("keys").resolve("keys.jws"));
    assertThatThrownBy(() -> judge.untimely(followed)).isInstanceOf(IOException.class);
  }
}
