package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.cityedge.buffer.LossReceipt.Range;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved of a damaged file, when it is found damaged at an opening. */
final class SalvageTest {
  private static final int PAGE = 4096;
  private static final int EVENTS = 2000;

  @TempDir Path folder;
  private final List<LossReceipt> receipts = new ArrayList<>();
  private final List<Duration> waits = new ArrayList<>();
  private SqliteEventStore store;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  @AfterEach
  void closeStore() {
    assertThat(store.account().unexplained()).isZero();
    store.close();
  }

  @Test
  void savesWhatLiesBetweenDamagedPages() throws Exception {
    fill(200);
    Set<Long> damaged = new TreeSet<>();
    for (int number : List.of(300, 900, 940, 1500)) {
      damaged.addAll(damagePageWith("\"id\":\"t%d\"".formatted(number)));
    }
    assertThat(damaged).contains(300L, 900L, 940L, 1500L).hasSizeBetween(20, 80);
    store = open();
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside as"));
    assertThat(lost()).isEqualTo(damaged);
    assertThat(reported()).isEqualTo(damaged);
    assertThat(store.account().dropped(Lane.TELEMETRY)).isEqualTo(damaged.size());
  }

  @Test
  void savesWhatLiesAroundAPageThatTheDiskDoesNotGiveBack() throws Exception {
    fill(200);
    byte[] all = Files.readAllBytes(file());
    int at = pageWith(all, "\"id\":\"t1500\"");
    Set<Long> there = eventsOn(all, at);
    // The store's own threads are this one's children, and have the bad sector too.
    FutureTask<Boolean> opening =
        new FutureTask<>(
            () -> {
              boolean bad = BadSector.at(at, PAGE);
              open().close();
              return bad;
            });
    Thread.ofPlatform().start(opening);
    boolean bad = opening.get();
    store = open();
    Assumptions.assumeTrue(bad, "the kernel takes no filter of reads");
    assertThat(waits).as("it was read five times").hasSize(4).containsOnly(Duration.ofSeconds(1));
    assertThat(lost()).isEqualTo(there).contains(1500L);
    assertThat(reported()).isEqualTo(there);
    assertThat(store.account().dropped(Lane.TELEMETRY)).isEqualTo(there.size());
  }

  @Test
  void waitsForNoDiskThatGivesTheDamageBack() throws Exception {
    fill(200);
    damagePageWith("\"id\":\"t1500\"");
    store = open();
    assertThat(store.trouble()).isPresent();
    assertThat(waits).isEmpty();
  }

  @Test
  void savesARowBetweenTwoThatHoldNoEvents() throws Exception {
    fill(200);
    execute("UPDATE telemetry SET topic = '' WHERE sequence IN (20, 22, 1999)");
    execute("UPDATE meta SET acknowledged = acknowledged + 1");
    store = open();
    assertThat(lost()).containsExactly(20L, 22L, 1999L);
    assertThat(receipts)
        .singleElement()
        .extracting(LossReceipt::ranges)
        .isEqualTo(List.of(new Range(20, 20), new Range(22, 22), new Range(1999, 1999)));
  }

  @Test
  void reportsMoreLossesThanOneReceiptHolds() throws Exception {
    fill(200);
    execute("UPDATE telemetry SET topic = '' WHERE sequence % 10 = 0 AND sequence < 1990");
    execute("UPDATE meta SET acknowledged = acknowledged + 1");
    store = open();
    assertThat(receipts).hasSize(2);
    assertThat(reported()).isEqualTo(lost()).hasSize(198);
  }

  @Test
  void readsAWholeLaneOfDamageABoundedNumberOfTimes() throws Exception {
    fill(200);
    execute("UPDATE telemetry SET topic = '', sequence = 5000 * sequence");
    try (Connection connection = StoreFile.reader(file())) {
      LaneSalvage lane =
          new LaneSalvage(
              connection,
              Schema.VERSION,
              Lane.TELEMETRY,
              (event, _, _) -> {
                throw new AssertionError(event.toString());
              });
      List<Range> lost = lane.copy(0, 5000L * EVENTS);
      assertThat(LongStream.rangeClosed(1, EVENTS).map(n -> 5000 * n))
          .allMatch(n -> lost.stream().anyMatch(r -> r.first() <= n && n <= r.last()));
      assertThat(lane.reads()).isLessThanOrEqualTo(LaneSalvage.READS);
    }
  }

  /** Both are written at nearly every commit, so that a card may well lose them together. */
  @Test
  void givesNoNumberTwiceWhenTheBooksAndTheNewestEventsCannotBeRead() throws Exception {
    long boot = store.boot();
    store.append(event(Lane.TELEMETRY, "settled"));
    fill(200);
    Set<Long> damaged = damagePageWith("\"id\":\"t%d\"".formatted(EVENTS));
    damagePage(rootOf("meta"));
    store = open();
    long saved = 1L + EVENTS - damaged.size();
    assertThat(Events.sequences(store, Lane.TELEMETRY)).hasSize((int) saved).endsWith(saved);
    assertThat(store.boot()).isGreaterThan(boot + 1);
    assertThat(store.append(event(Lane.ALERT, "next")))
        .isInstanceOfSatisfying(
            Append.Stored.class, next -> assertThat(next.lastSequence()).isGreaterThan(EVENTS + 1));
    assertThat(receipts.stream().flatMap(receipt -> receipt.ranges().stream()))
        .as("every number up to the first new one")
        .anyMatch(
            range ->
                range.first() == saved + 1
                    && range.last() == store.account().appended() - 1 - receipts.size());
  }

  private int rootOf(String table) throws Exception {
    try (Connection connection = StoreFile.reader(file())) {
      return (int)
          Schema.number(
              connection, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'".formatted(table));
    }
  }

  private void damagePage(int number) throws IOException {
    byte[] all = Files.readAllBytes(file());
    Arrays.fill(all, (number - 1) * PAGE, number * PAGE, (byte) 0xa5);
    Files.write(file(), all);
  }

  @Test
  void savesMoreThanACapHoldsThatWasLowered() throws Exception {
    List<Event> some =
        LongStream.range(0, 50).mapToObj(n -> event(Lane.REPORT, "r" + n, 20_000)).toList();
    for (int i = 0; i < 20; i++) {
      store.append(some, Map.of());
    }
    store.close();
    execute("UPDATE meta SET acknowledged = acknowledged + 1");
    store = open(8 << 20);
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside as"));
    assertThat(store.account().waiting(Lane.REPORT).events()).isEqualTo(1000);
    assertThat(receipts).isEmpty();
  }

  /** It would be taken for the store's age, at which all others have waited too long. */
  @Test
  void expiresNothingForATimeOfStoringThatLiesInTheFuture() throws Exception {
    fill(200);
    execute("UPDATE telemetry SET stored = 1 << 60 WHERE sequence = 1000");
    execute("UPDATE meta SET acknowledged = acknowledged + 1");
    store = open();
    assertThat(store.append(event(Lane.ALERT, "a"))).isInstanceOf(Append.Stored.class);
    assertThat(lost()).isEmpty();
    assertThat(store.account().waiting(Lane.TELEMETRY).age()).isLessThan(Duration.ofDays(1));
  }

  @Test
  void savesTheNotesBehindADamagedOne() throws Exception {
    for (String key : List.of("a", "m", "z")) {
      store.append(List.of(event(Lane.ALERT, key)), Map.of(key, note(key)));
    }
    store.close();
    breakOverflowPageOf('m', file());
    store = open();
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside as"));
    assertThat(store.note("a")).hasValue(note("a"));
    assertThat(store.note("z")).hasValue(note("z"));
  }

  private static byte[] note(String key) {
    byte[] note = new byte[5 * PAGE];
    Arrays.fill(note, (byte) key.charAt(0));
    return note;
  }

  private void fill(int bytes) {
    for (int i = 1; i <= EVENTS; i += 100) {
      store.append(
          LongStream.range(i, i + 100)
              .mapToObj(n -> event(Lane.TELEMETRY, "t" + n, bytes))
              .toList(),
          Map.of());
    }
    store.close();
  }

  private Set<Long> lost() {
    Set<Long> lost = new TreeSet<>(LongStream.rangeClosed(1, EVENTS).boxed().toList());
    lost.removeAll(Events.sequences(store, Lane.TELEMETRY));
    return lost;
  }

  private Set<Long> reported() {
    Set<Long> reported = new TreeSet<>();
    for (LossReceipt receipt : receipts) {
      assertThat(receipt.lane()).isEqualTo(Lane.TELEMETRY);
      assertThat(receipt.reason()).isEqualTo(LossReceipt.Reason.CORRUPT);
      receipt
          .ranges()
          .forEach(r -> LongStream.rangeClosed(r.first(), r.last()).forEach(reported::add));
    }
    return reported;
  }

  /** Which events were on it. */
  private Set<Long> damagePageWith(String text) throws IOException {
    byte[] all = Files.readAllBytes(file());
    int at = pageWith(all, text);
    Set<Long> events = eventsOn(all, at);
    Arrays.fill(all, at, at + PAGE, (byte) 0xa5);
    Files.write(file(), all);
    return events;
  }

  private static int pageWith(byte[] all, String text) {
    return new String(all, StandardCharsets.ISO_8859_1).indexOf(text) / PAGE * PAGE;
  }

  private static Set<Long> eventsOn(byte[] all, int at) {
    String page = new String(all, at, PAGE, StandardCharsets.ISO_8859_1);
    Set<Long> events = new TreeSet<>();
    Matcher id = Pattern.compile("\"id\":\"t(\\d+)\"").matcher(page);
    while (id.find()) {
      events.add(Long.valueOf(id.group(1)));
    }
    return events;
  }

  /** A page of the note's bytes alone, behind the number of the next one, which leads nowhere. */
  static void breakOverflowPageOf(char note, Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    byte[] full = new byte[PAGE - 4];
    Arrays.fill(full, (byte) note);
    int at = PAGE;
    while (!Arrays.equals(all, at + 4, at + PAGE, full, 0, full.length)) {
      at += PAGE;
    }
    Arrays.fill(all, at, at + 4, (byte) -1);
    Files.write(file, all);
  }

  private void execute(String sql) throws Exception {
    try (Connection connection = StoreFile.plainWriter(file());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      connection.commit();
    }
  }

  private Path file() {
    return folder.resolve("events.db");
  }

  private SqliteEventStore open() throws IOException {
    return open(64 << 20);
  }

  private SqliteEventStore open(long maxBytes) throws IOException {
    return SqliteEventStore.open(
        new Setup(
                new BufferConfig(file(), maxBytes),
                receipt -> {
                  receipts.add(receipt);
                  return Events.receipt(receipt);
                },
                InstantSource.fixed(Instant.parse("2026-05-01T08:00:00Z")),
                LifeClock.ofKernel())
            .withWaiting(waits::add));
  }
}
