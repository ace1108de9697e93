package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long events wait, by a clock that the test moves. */
final class ExpiryTest {
  private static final Duration TTL = Duration.ofDays(7);
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private String kernelBoot = "one";
  private Instant wall = Instant.parse("2026-05-01T08:00:00Z");
  private Map<Lane, Duration> ttl = Map.of(Lane.TELEMETRY, TTL, Lane.REPORT, TTL);
  private final List<LossReceipt> receipts = new ArrayList<>();
  private final CountDownLatch reported = new CountDownLatch(1);
  private SqliteEventStore store;

  @BeforeEach
  void openStore() throws Exception {
    store = open(NEVER);
  }

  @AfterEach
  void closeStore() {
    assertThat(store.account().unexplained()).isZero();
    store.close();
  }

  @Test
  void dropsWhatHasWaitedTooLongWithAReceipt() {
    append(Lane.TELEMETRY, 2);
    pass(Duration.ofDays(5));
    append(Lane.TELEMETRY, 1);
    pass(Duration.ofDays(2).minusMillis(1));
    append(Lane.EVIDENCE, 1);
    assertThat(Events.sequences(store, Lane.TELEMETRY)).containsExactly(1L, 2L, 3L);
    pass(Duration.ofMinutes(1));
    append(Lane.EVIDENCE, 1);
    assertThat(Events.sequences(store, Lane.TELEMETRY)).containsExactly(3L);
    assertThat(receipts).containsExactly(expired(1, 2));
    assertThat(store.account().dropped()).isEqualTo(2);
    assertThat(store.account().dropped(Lane.TELEMETRY)).isEqualTo(2);
    assertThat(store.account().dropped(Lane.ALERT)).isZero();
    assertThat(Events.sequences(store, Lane.REPORT)).containsExactly(5L);
    assertThat(store.account().waiting(Lane.TELEMETRY).age())
        .isEqualTo(Duration.ofDays(2).plusMinutes(1).minusMillis(1));
  }

  @Test
  void expiresWithoutBeingAsked() throws Exception {
    store.close();
    store = open(Duration.ofMillis(5));
    append(Lane.TELEMETRY, 1);
    pass(TTL.plusMinutes(1));
    assertThat(reported.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void neverDropsAReceiptNorALaneWithoutATimeToLive() {
    append(Lane.ALERT, 1);
    append(Lane.TELEMETRY, 1);
    store.settle(List.of(new Settlement.Rejected(2, "0x99")));
    receipts.clear();
    append(Lane.REPORT, 1);
    pass(Duration.ofDays(3000));
    append(Lane.EVIDENCE, 1);
    assertThat(receipts).containsExactly(new LossReceipt(Lane.REPORT, Reason.EXPIRED, range(4, 4)));
    assertThat(Events.sequences(store, Lane.REPORT)).containsExactly(3L, 5L);
    assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
  }

  @Test
  void countsTheTimeInWhichTheAgentWasDownButNotThatWithoutPower() throws Exception {
    append(Lane.TELEMETRY, 1);
    pass(Duration.ofDays(3));
    store.close();
    pass(Duration.ofDays(3));
    store = open(NEVER);
    assertThat(store.account().waiting(Lane.TELEMETRY).age()).isEqualTo(Duration.ofDays(6));
    store.close();
    kernelBoot = "two";
    nanos.set(Duration.ofDays(900).toNanos());
    store = open(NEVER);
    append(Lane.EVIDENCE, 1);
    assertThat(Events.sequences(store, Lane.TELEMETRY)).containsExactly(1L);
    pass(Duration.ofDays(1).plusMinutes(1));
    append(Lane.EVIDENCE, 1);
    assertThat(receipts).containsExactly(expired(1, 1));
  }

  @Test
  void isLeftAloneByAWallClockThatJumpsTenYears() throws Exception {
    append(Lane.TELEMETRY, 1);
    for (int years : new int[] {10, -20}) {
      wall = wall.plus(Duration.ofDays(365L * years));
      append(Lane.EVIDENCE, 1);
      store.close();
      store = open(NEVER);
      append(Lane.EVIDENCE, 1);
      assertThat(Events.sequences(store, Lane.TELEMETRY)).containsExactly(1L);
    }
    pass(TTL.plusMinutes(1));
    append(Lane.EVIDENCE, 1);
    assertThat(receipts).containsExactly(expired(1, 1));
  }

  /** A power cut takes at most ten minutes and a tick from the age of what waits. */
  @Test
  void keepsItsLifeWhileNothingIsAppended() throws Exception {
    store.close();
    store = open(Duration.ofMillis(5));
    append(Lane.TELEMETRY, 1);
    long before = persisted();
    pass(Duration.ofMinutes(11));
    for (int i = 0; i < 3000 && persisted() == before; i++) {
      store.await(store.account().appended(), Duration.ofMillis(10));
    }
    assertThat(persisted()).isEqualTo(Duration.ofMinutes(11).toMillis());
  }

  @Test
  void expiresABacklogInBoundedSteps() {
    List<Event> many = new ArrayList<>();
    for (int i = 0; i < 2500; i++) {
      // Every other number, so that no two lie in one range.
      many.add(event(Lane.TELEMETRY, "t" + i, 1));
      many.add(event(Lane.EVIDENCE, "e" + i, 1));
    }
    store.append(many, Map.of());
    pass(TTL.plusMinutes(1));
    for (int i = 0; i < 25; i++) {
      append(Lane.EVIDENCE, 1);
    }
    assertThat(receipts).hasSizeGreaterThan(18).allMatch(r -> r.ranges().size() <= 128);
    assertThat(Events.sequences(store, Lane.TELEMETRY)).isEmpty();
    assertThat(store.account().dropped(Lane.TELEMETRY)).isEqualTo(2500);
  }

  @Test
  void takesAShorterTimeToLiveForWhatWaitsAlready() throws Exception {
    append(Lane.TELEMETRY, 1);
    pass(Duration.ofHours(1));
    store.close();
    ttl = Map.of(Lane.TELEMETRY, Duration.ofMinutes(1));
    store = open(NEVER);
    assertThat(receipts).containsExactly(expired(1, 1));
  }

  /** Nobody reads or settles it; that its time is over is enough. */
  @Test
  void setsTheFileAsideWhenItMeetsDamage() throws Exception {
    append(Lane.TELEMETRY, 60);
    append(Lane.EVIDENCE, 2);
    store.close();
    damagePageWith("\"id\":\"e30\"");
    pass(TTL.plusMinutes(1));
    store =
        SqliteEventStore.open(setup(Duration.ofMillis(5)).withCheck(RecoveryTest.ENDLESS_CHECK));
    assertThat(reported.await(30, TimeUnit.SECONDS)).as("a receipt").isTrue();
    assertThat(store.append(event(Lane.EVIDENCE, "next"))).isInstanceOf(Append.Stored.class);
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside as"));
    assertThat(receipts.getFirst().reason()).isEqualTo(Reason.CORRUPT);
    assertThat(Events.all(store, Lane.EVIDENCE)).hasSize(3);
  }

  private void damagePageWith(String text) throws IOException {
    Path file = folder.resolve("events.db");
    byte[] all = Files.readAllBytes(file);
    int at = new String(all, StandardCharsets.ISO_8859_1).indexOf(text) / Room.PAGE * Room.PAGE;
    Arrays.fill(all, at, at + Room.PAGE, (byte) 0xa5);
    Files.write(file, all);
  }

  private SqliteEventStore open(Duration tick) throws IOException {
    return SqliteEventStore.open(setup(tick));
  }

  private Setup setup(Duration tick) {
    InstantSource clock = () -> wall;
    return new Setup(
            new BufferConfig(folder.resolve("events.db"), 8 << 20, ttl),
            this::report,
            clock,
            new LifeClock(nanos::get, kernelBoot))
        .withTick(tick);
  }

  private long persisted() throws Exception {
    try (var connection = StoreFile.reader(folder.resolve("events.db"))) {
      return Schema.number(connection, "SELECT lived FROM meta");
    }
  }

  private Event report(LossReceipt receipt) {
    receipts.add(receipt);
    reported.countDown();
    return Events.receipt(receipt);
  }

  private void append(Lane lane, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(store.append(event(lane, "e" + i))).isInstanceOf(Append.Stored.class);
    }
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static LossReceipt expired(long first, long last) {
    return new LossReceipt(Lane.TELEMETRY, Reason.EXPIRED, range(first, last));
  }

  private static List<Range> range(long first, long last) {
    return List.of(new Range(first, last));
  }
}
