package org.cityedge.agent.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditTest {
  private static final long SMALL = 2048;

  @TempDir Path data;
  private final List<AuditRecord> told = new ArrayList<>();
  private boolean taken = true;

  private Audit open() {
    return new Audit(data, () -> Instant.parse("2026-06-01T00:30:00Z"), () -> "none", SMALL);
  }

  private boolean take(AuditRecord record) {
    return taken && told.add(record);
  }

  private static boolean add(Audit audit, String subject) {
    return audit.add(
        new Entry(Entry.Kind.COMMAND, "done", "desk-7", subject, "", "as asked", false));
  }

  private List<Path> files() throws IOException {
    return new AuditFiles(data.resolve("audit"), SMALL).files();
  }

  private Chain.State.Whole whole() throws IOException {
    Chain.State state = Chain.verify(data);
    assertThat(state).isInstanceOf(Chain.State.Whole.class);
    return (Chain.State.Whole) state;
  }

  private void replace(Path file, String old, String next) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(old);
    Files.writeString(file, text.replace(old, next));
  }

  @Test
  void eachRecordCarriesTheHashOfTheOneBeforeAlsoOverARestart() throws IOException {
    Audit audit = open();
    assertThat(add(audit, "ping")).isTrue();
    assertThat(add(audit, "rebirth")).isTrue();
    assertThat(add(open(), "snapshot")).isTrue();
    Chain.State.Whole chain = whole();
    assertThat(chain.first().previous()).isEqualTo("0".repeat(64));
    assertThat(chain.last().number()).isEqualTo(3);
    assertThat(chain.last().previous()).isEqualTo(chain.hashes().get(1));
    assertThat(Chain.holds(chain, chain.hashes().get(1))).hasValue(1);
    assertThat(Chain.holds(chain, "f".repeat(64))).isEmpty();
  }

  /** What the schema promises, computed without our code: a centre must come to the same. */
  @Test
  void theHashIsThatOfTheTextsThatTheSchemaNames() throws Exception {
    add(open(), "ping");
    AuditRecord record = whole().last();
    String texts =
        "1\n%s\n2026-06-01T00:30:00.000+00:00\nnone\ncommand\ndone\ndesk-7\nping\n\nas asked\nnormal\n0\n"
            .formatted("0".repeat(64));
    Process sha256sum = new ProcessBuilder("sha256sum").start();
    try (var in = sha256sum.getOutputStream()) {
      in.write(texts.getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(sha256sum.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(sha256sum.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(out).startsWith(record.sha256());
  }

  @Test
  void tellsInOrderAndLaterWhatCouldNotBeToldAndNothingTwice() {
    Audit audit = open();
    add(audit, "before");
    audit.tellTo(this::take);
    add(audit, "now");
    taken = false;
    add(audit, "later");
    add(audit, "later still");
    taken = true;
    add(audit, "again");
    audit.tellNobody();
    add(audit, "to nobody");
    Audit next = open();
    next.tellTo(this::take);
    add(next, "next");
    assertThat(told)
        .extracting(record -> record.entry().subject())
        .containsExactly("before", "now", "later", "later still", "again", "to nobody", "next");
  }

  @Test
  void rotationKeepsTheChainAndTheBound() throws IOException {
    Audit audit = open();
    for (int i = 0; i < 100; i++) {
      add(audit, "command " + i);
    }
    assertThat(files()).hasSize(AuditFiles.MOST_FILES);
    for (Path file : files()) {
      assertThat(Files.size(file)).isLessThan(SMALL + 1000);
    }
    Chain.State.Whole chain = whole();
    assertThat(chain.first().number()).isGreaterThan(1);
    assertThat(chain.last().number()).isEqualTo(100);
    assertThat(Chain.records(data)).hasSize((int) (101 - chain.first().number()));
  }

  @Test
  void namesTheFirstRecordThatWasChangedTakenOrPutElsewhere() throws IOException {
    Audit audit = open();
    for (int i = 1; i <= 20; i++) {
      add(audit, "command " + i);
    }
    List<Path> files = files();
    assertThat(files.size()).isGreaterThan(2);
    Path middle = files.get(1);
    String text = Files.readString(middle);
    long first = AuditFiles.first(middle);
    List<String> lines = text.lines().toList();

    replace(middle, "command " + (first + 1), "commanD " + (first + 1));
    broken(first + 1, "its sha256 is not that of its members");
    Files.writeString(middle, text.replace(lines.get(1) + "\n", ""));
    broken(first + 1, "record " + (first + 2) + " is in its place");
    Files.writeString(middle, text.replace(lines.getFirst(), "x"));
    broken(first, "it is no JSON");
    // Whoever computes a record's hash anew cannot hide it from the one that follows.
    AuditRecord forged =
        new AuditRecord(
            first,
            "0".repeat(64),
            "2026-06-01T00:30:00.000+00:00",
            "none",
            new Entry(Entry.Kind.COMMAND, "done", "nobody", "nothing", "", "", false),
            0);
    String line = new String(forged.json(), StandardCharsets.UTF_8);
    Files.writeString(middle, text.replace(lines.getFirst(), line));
    broken(first, "it does not follow from the record before it");
    Files.delete(middle);
    broken(first, "record " + AuditFiles.first(files.get(2)) + " is in its place");
  }

  private void broken(long number, String why) throws IOException {
    assertThat(Chain.verify(data))
        .isInstanceOfSatisfying(
            Chain.State.Broken.class,
            state -> {
              assertThat(state.number()).isEqualTo(number);
              assertThat(state.why()).isEqualTo(why);
            });
  }

  /** A power cut at any byte of a write: what was acknowledged stays, and the chain goes on. */
  @Test
  void aRecordCutOffAtAnyByteIsGoneAndTheNextOneSaysSo() throws IOException {
    Random random = new Random(7);
    Audit audit = open();
    add(audit, "one");
    add(audit, "two");
    Path file = files().getFirst();
    byte[] all = Files.readAllBytes(file);
    int start = Files.readString(file).indexOf('\n') + 1;
    for (int i = 0; i < 20; i++) {
      int length = start + 1 + random.nextInt(all.length - start - 2);
      Files.write(file, Arrays.copyOf(all, length));
      add(open(), "after");
      Chain.State.Whole chain = whole();
      assertThat(chain.last().number()).isEqualTo(3);
      assertThat(Chain.records(data))
          .extracting(record -> record.entry().what())
          .containsExactly("done", "unfinished", "done");
    }
  }

  @Test
  void goesOnBehindADamagedEndAndLeavesItForWhoeverLooks() throws IOException {
    add(open(), "one");
    add(open(), "two");
    Path file = files().getFirst();
    replace(file, "\"two\"", "\"2\"");
    add(open(), "three");
    broken(2, "its sha256 is not that of its members");
    assertThat(Files.readString(file)).contains("\"2\"").doesNotContain("three");
    assertThat(Chain.records(data)).extracting(AuditRecord::number).containsExactly(1L, 3L, 4L);
    assertThat(Chain.records(data).get(1).entry().high()).isTrue();
  }

  /** A bad sector: reading the file fails. */
  private static void makeUnreadable(Path file) throws IOException {
    Files.move(file, file.resolveSibling("aside"));
    Files.createSymbolicLink(file, file);
  }

  private static void makeReadable(Path file) throws IOException {
    Files.move(file.resolveSibling("aside"), file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void goesOnInAnotherFileWhenTheNewestCannotBeReadAndGivesNoNumberTwice() throws IOException {
    Audit audit = open();
    audit.tellTo(this::take);
    for (int i = 1; i <= 20; i++) {
      add(audit, "command " + i);
    }
    assertThat(files().size()).isGreaterThan(2);
    Path newest = files().getLast();
    makeUnreadable(newest);
    told.clear();
    for (int start = 0; start < 2; start++) {
      Audit next = open();
      next.tellTo(this::take);
      assertThat(add(next, "after")).isTrue();
    }
    assertThat(told)
        .extracting(record -> record.entry().what() + " " + record.entry().code())
        .containsExactly("damaged AUDIT_DAMAGED", "done ", "done ");
    makeReadable(newest);
    assertThat(Chain.records(data)).extracting(AuditRecord::number).doesNotHaveDuplicates();
    assertThat(Chain.records(data))
        .extracting(record -> record.entry().subject())
        .contains("command 20", "after");
  }

  @Test
  void passesOverAnOlderFileThatCannotBeRead() throws IOException {
    Audit audit = open();
    for (int i = 1; i <= 20; i++) {
      add(audit, "command " + i);
    }
    makeUnreadable(files().getFirst());
    Audit next = open();
    next.tellTo(this::take);
    assertThat(add(next, "after")).isTrue();
    assertThat(told).extracting(AuditRecord::number).endsWith(20L, 21L);
    assertThat(next.last(record -> record.number() == 20)).isPresent();
  }

  @Test
  void givesNoNumberTwiceWhereAnOldFileCannotBeDeleted() throws IOException {
    Audit audit = open();
    add(audit, "command 1");
    Path stays = Files.createDirectories(data.resolve("audit/audit-000000000000.jsonl/stays"));
    for (int i = 2; i <= 100; i++) {
      assertThat(add(audit, "command " + i)).isTrue();
    }
    assertThat(stays).exists();
    assertThat(Chain.records(data)).extracting(AuditRecord::number).doesNotHaveDuplicates();
    assertThat(Chain.records(data).getLast().number()).isEqualTo(100);
  }

  @Test
  void cutsAnUnfinishedLineOffBehindBytesThatAreNoText() throws IOException {
    add(open(), "one");
    Path file = files().getFirst();
    Files.write(file, new byte[] {(byte) 0xC3, '\n', '{'}, StandardOpenOption.APPEND);
    byte[] before = Files.readAllBytes(file);
    assertThat(add(open(), "two")).isTrue();
    assertThat(file).hasBinaryContent(Arrays.copyOf(before, before.length - 1));
    assertThat(Chain.records(data))
        .extracting(record -> record.entry().what())
        .containsExactly("done", "damaged", "done");
  }

  @Test
  void saysHowManyRecordsTheDiskRefused() throws IOException {
    Audit audit = open();
    add(audit, "one");
    Path folder = data.resolve("audit");
    Path aside = data.resolve("aside");
    Files.move(folder, aside);
    Files.writeString(folder, "no folder");
    assertThat(add(audit, "lost")).isFalse();
    assertThat(add(audit, "lost too")).isFalse();
    Files.delete(folder);
    Files.move(aside, folder);
    assertThat(add(audit, "two")).isTrue();
    assertThat(whole().last().missed()).isEqualTo(2);
  }

  /**
   * Writes so many bytes and then refuses, as often as it is told; so it does when it is to cut.
   */
  private static final class Refusing implements AuditFiles.Disk {
    int appends;
    int cuts;
    int takes;
    int syncs;
    boolean newFiles;

    @Override
    public void append(Path file, byte[] bytes) throws IOException {
      if (appends-- > 0 || (newFiles && Files.notExists(file))) {
        REAL.append(file, Arrays.copyOf(bytes, Math.min(takes, bytes.length)));
        throw new IOException("refused");
      }
      REAL.append(file, bytes);
    }

    @Override
    public void cut(Path file, long length) throws IOException {
      if (cuts-- > 0) {
        throw new IOException("refused");
      }
      REAL.cut(file, length);
    }

    @Override
    public void syncNames(Path folder) throws IOException {
      if (syncs-- > 0) {
        throw new IOException("refused");
      }
      REAL.syncNames(folder);
    }
  }

  private Audit on(AuditFiles.Disk disk) {
    return new Audit(
        new AuditFiles(data.resolve("audit"), SMALL, disk),
        () -> Instant.parse("2026-06-01T00:30:00Z"),
        () -> "none");
  }

  /** Also a whole line that was not durable: nobody was told that it is there. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40, Integer.MAX_VALUE})
  void whatAFailedWriteHasLeftIsCutOffAlsoWhenThatFailsAtFirst(int takes) throws IOException {
    Refusing disk = new Refusing();
    disk.takes = takes;
    Audit audit = on(disk);
    assertThat(add(audit, "one")).isTrue();
    disk.appends = 1;
    disk.cuts = 2;
    assertThat(add(audit, "lost")).isFalse();
    assertThat(add(audit, "lost too")).isFalse();
    assertThat(add(audit, "two")).isTrue();
    assertThat(whole().last().missed()).isEqualTo(2);
    assertThat(Chain.records(data))
        .extracting(record -> record.entry().subject())
        .containsExactly("one", "two");
  }

  @Test
  void aLineThatWasNotDurableIsNeitherToldNorFoundWhileItCannotBeCutOff() throws IOException {
    Refusing disk = new Refusing();
    Audit audit = on(disk);
    taken = false;
    audit.tellTo(this::take);
    assertThat(add(audit, "one")).isTrue();
    disk.takes = Integer.MAX_VALUE;
    disk.appends = 1;
    disk.cuts = 1;
    assertThat(add(audit, "lost")).isFalse();
    assertThat(Files.readString(files().getFirst())).contains("\"lost\"");
    taken = true;
    audit.tellTo(this::take);
    assertThat(audit.last(_ -> true).orElseThrow().entry().subject()).isEqualTo("one");
    assertThat(add(audit, "two")).isTrue();
    assertThat(told)
        .extracting(record -> record.number() + " " + record.entry().subject())
        .containsExactly("1 one", "2 two");
    assertThat(whole().last().entry().subject()).isEqualTo("two");
  }

  /** Nor does one that was begun by a process which ended then. */
  @Test
  void aFileWhoseFirstWriteFailedBreaksTheBoundOfTheirNumberNoMoreThanOthers() throws IOException {
    Refusing disk = new Refusing();
    disk.newFiles = true;
    Audit audit = on(disk);
    for (int i = 0; i < 100; i++) {
      if (!add(audit, "command " + i)) {
        audit = i % 2 == 0 ? on(disk) : audit;
        assertThat(add(audit, "command " + i)).isTrue();
      }
    }
    assertThat(files()).hasSize(AuditFiles.MOST_FILES);
    assertThat(whole().last().number()).isEqualTo(100);
  }

  @Test
  void aNameThatTheDiskRefusedToKeepIsKeptWithTheNextRecord() throws IOException {
    Refusing disk = new Refusing();
    disk.syncs = 1;
    Audit audit = on(disk);
    assertThat(add(audit, "one")).isTrue();
    assertThat(disk.syncs).isZero();
    assertThat(add(audit, "two")).isTrue();
    assertThat(disk.syncs).isEqualTo(-1);
    assertThat(add(audit, "three")).isTrue();
    assertThat(disk.syncs).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void thatTheChainWasDamagedIsRecordedOnceTheDiskTakesIt(boolean told) throws IOException {
    add(open(), "one");
    add(open(), "two");
    Path file = files().getFirst();
    replace(file, "\"two\"", "\"2\"");
    Refusing disk = new Refusing();
    disk.appends = 2;
    Audit audit = on(disk);
    if (told) {
      audit.tellTo(this::take);
    } else {
      assertThat(add(audit, "lost")).isFalse();
    }
    assertThat(add(audit, "lost")).isFalse();
    assertThat(add(audit, "three")).isTrue();
    assertThat(Chain.records(data))
        .extracting(record -> record.entry().what() + " " + record.entry().code())
        .containsExactly("done ", "damaged AUDIT_DAMAGED", "done ");
    assertThat(Chain.records(data).get(1).missed()).isEqualTo(told ? 1 : 2);
  }

  @Test
  void textsOfStrangersStayOnOneLineAndWithinTheirBounds() throws IOException {
    Audit audit = open();
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.COMMAND,
                "refused",
                "a\nb\u0000",
                "x".repeat(500),
                "",
                "疑似烟雾\r\n\"{".repeat(200),
                true));
    assertThat(whole().last().entry().actor()).isEqualTo("a b ");
    assertThat(whole().last().json().length).isLessThan(4000);
    Files.writeString(files().getFirst(), "", StandardOpenOption.APPEND);
    assertThat(Files.readString(files().getFirst()).lines()).hasSize(1);
  }

  @Test
  void saysHowTheProcessBeforeEnded() throws IOException {
    new ProcessAudit(open(), "boot-1").start("1.0.0");
    new ProcessAudit(open(), "boot-1").start("1.0.0");
    new ProcessAudit(open(), "boot-2").start("1.0.0");
    new ProcessAudit(open(), "boot-2").stop("", "stopped in order");
    new ProcessAudit(open(), "boot-2").start("1.0.0");
    assertThat(Chain.records(data))
        .extracting(r -> r.entry().what() + " " + r.entry().code())
        .containsExactly("start ", "start CRASH", "start POWER", "stop ", "start ");
    assertThat(whole().last().entry().detail()).contains("after: stopped in order");
  }

  @Test
  void aClockThatIsSetIsASteppedOneAndASlewedOneIsNot() throws IOException {
    ClockSteps steps = new ClockSteps(open());
    long second = 1_000_000_000L;
    steps.look(0, 0, "none");
    steps.look(60_030, 60 * second, "none");
    assertThat(Chain.records(data)).isEmpty();
    steps.look(3_660_030, 120 * second, "ntp");
    steps.look(3_661_030, 121 * second, "ntp");
    steps.look(1_030, 122 * second, "ntp");
    assertThat(Chain.records(data))
        .extracting(r -> r.entry().what() + " " + r.entry().detail())
        .containsExactly(
            "step the clock was set by +3540.000 s",
            "source was none, is ntp",
            "step the clock was set by -3661.000 s");
  }
}
