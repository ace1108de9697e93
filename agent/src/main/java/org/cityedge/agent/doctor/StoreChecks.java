package org.cityedge.agent.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.cityedge.agent.EvidenceFolders;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.DeadLetter;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.Soundness;
import org.cityedge.buffer.SqliteEventStore;

/** The event store and what is kept beside it. Reads only, also beside a running agent. */
final class StoreChecks {
  /** Of a store of 100 MB on a card; what is left unread the agent's own check reads. */
  private static final Duration READING = Duration.ofSeconds(4);

  /** An alert leaves within seconds, telemetry within its pack's time; both have long gone. */
  private static final Duration WAITS = Duration.ofMinutes(5);

  private static final Duration STUCK = Duration.ofHours(1);

  /** Between two looks: a queue that drains settles some window in it. */
  private static final Duration BETWEEN = Duration.ofSeconds(2);

  /** Of a rejection: long enough for who comes the next morning. */
  private static final Duration RECENT = Duration.ofDays(1);

  /** A while between two looks. */
  interface Pause {
    void pass() throws InterruptedException;
  }

  static final Set<PosixFilePermission> OTHERS =
      Set.copyOf(
          EnumSet.of(
              PosixFilePermission.GROUP_READ,
              PosixFilePermission.GROUP_WRITE,
              PosixFilePermission.OTHERS_READ,
              PosixFilePermission.OTHERS_WRITE));

  private StoreChecks() {}

  private static Path file(Patient patient) {
    return BufferConfig.defaults(patient.data()).file();
  }

  static List<Finding> store(Patient patient) {
    Path file = file(patient);
    if (!Files.exists(file)) {
      return List.of(Finding.of("store", Diagnosis.STORE_NEW));
    }
    try {
      Soundness sound = SqliteEventStore.soundness(file, READING);
      if (sound.damage().isPresent()) {
        return List.of(Finding.of("store", Diagnosis.STORE_DAMAGED).quoting(sound.damage().get()));
      }
      long aside = aside(file);
      if (aside > 0) {
        return List.of(Finding.of("store", Diagnosis.STORE_SET_ASIDE, aside));
      }
      return List.of(
          sound.complete()
              ? Finding.of(
                  "store", Diagnosis.STORE_SOUND, SqliteEventStore.inspect(file).appended())
              : Finding.of("store", Diagnosis.STORE_PARTLY));
    } catch (IOException e) {
      return List.of(
          Finding.of("store", Diagnosis.STORE_UNREADABLE).quoting(String.valueOf(e.getMessage())));
    }
  }

  private static long aside(Path file) throws IOException {
    long count = 0;
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(
            file.toAbsolutePath().getParent(), file.getFileName() + ".damaged-*")) {
      for (Path path : all) {
        // The database itself, not its WAL; a second one of the same second ends in -2.
        count += path.getFileName().toString().matches(".*\\.damaged-[0-9TZ]+(-[0-9]+)?") ? 1 : 0;
      }
    }
    return count;
  }

  static List<Finding> books(Patient patient) throws InterruptedException {
    return books(patient, () -> Thread.sleep(BETWEEN));
  }

  /**
   * @param pause passed where something has waited for long, before it is looked at again
   */
  static List<Finding> books(Patient patient, Pause pause) throws InterruptedException {
    Path file = file(patient);
    if (!Files.exists(file)) {
      return List.of(
          Finding.of("account", Diagnosis.STORE_NEW), Finding.of("queue", Diagnosis.STORE_NEW));
    }
    try {
      Account account = SqliteEventStore.inspect(file);
      return List.of(
          account(account, SqliteEventStore.receipts(file, Lane.REPORT)),
          queue(patient, account, pause),
          rejected(patient, account, SqliteEventStore.deadLetters(file, 1)));
    } catch (IOException e) {
      // The check of the store says why.
      return List.of(
          Finding.of("account", Diagnosis.NOT_REACHED), Finding.of("queue", Diagnosis.NOT_REACHED));
    }
  }

  /**
   * What was dropped is news until the centre has heard of it.
   *
   * @param receipts that wait
   */
  private static Finding account(Account account, long receipts) {
    if (account.unexplained() != 0) {
      return Finding.of("account", Diagnosis.ACCOUNT_WRONG, account.unexplained());
    }
    return account.dropped() > 0 && receipts > 0
        ? Finding.of("account", Diagnosis.ACCOUNT_DROPPED, account.dropped(), receipts)
        : Finding.of(
            "account",
            Diagnosis.ACCOUNT_WHOLE,
            account.appended(),
            account.acknowledged(),
            account.rejected(),
            account.dropped(),
            account.waiting());
  }

  private static Finding queue(Patient patient, Account account, Pause pause)
      throws InterruptedException, IOException {
    if (account.waiting() == 0) {
      return Finding.of("queue", Diagnosis.QUEUE_EMPTY);
    }
    Lane latest = latest(account);
    // A clip may wait for hours behind what is more urgent.
    Duration oldest = latest == Lane.EVIDENCE ? Duration.ZERO : account.waiting(latest).age();
    Diagnosis found =
        oldest.compareTo(WAITS) < 0 ? Diagnosis.QUEUE_MOVES : late(patient, account, latest, pause);
    return Finding.of("queue", found, account.waiting(), span(oldest));
  }

  /** Why something has waited for so long. */
  private static Diagnosis late(Patient patient, Account account, Lane latest, Pause pause)
      throws InterruptedException, IOException {
    if (patient.agent().filter(agent -> agent.at("/uplink").has("heldSince")).isPresent()) {
      return Diagnosis.QUEUE_HELD;
    }
    pause.pass();
    if (drains(latest, account, SqliteEventStore.inspect(file(patient)))) {
      return Diagnosis.QUEUE_DRAINS;
    }
    return account.waiting(latest).age().compareTo(STUCK) >= 0
        ? Diagnosis.QUEUE_STUCK
        : Diagnosis.QUEUE_WAITS;
  }

  /**
   * Whether what is late itself leaves, or what is late as well and goes before it: of what has
   * come since nothing is learnt about it.
   */
  private static boolean drains(Lane latest, Account before, Account after) {
    boolean fewer =
        Stream.of(Lane.values())
            .filter(lane -> lane.compareTo(latest) <= 0)
            .filter(lane -> before.waiting(lane).age().compareTo(WAITS) >= 0)
            .anyMatch(lane -> fewer(before.waiting(lane), after.waiting(lane)));
    // What is dropped leaves too, and is no progress.
    return fewer && after.acknowledged() > before.acknowledged();
  }

  private static boolean fewer(Account.Waiting before, Account.Waiting after) {
    return after.events() < before.events() || after.oldest() > before.oldest();
  }

  /** The lane whose oldest has waited longest; evidence only when nothing else waits. */
  private static Lane latest(Account account) {
    return Stream.of(Lane.values())
        .filter(lane -> lane != Lane.EVIDENCE && account.waiting(lane).events() > 0)
        .max(Comparator.comparing(lane -> account.waiting(lane).age()))
        .orElse(Lane.EVIDENCE);
  }

  /** {@code 3d4h}, {@code 2h5m}, {@code 40s}: read the same in every language. */
  static String span(Duration span) {
    if (span.toDays() > 0) {
      return "%dd%dh".formatted(span.toDays(), span.toHoursPart());
    }
    if (span.toHours() > 0) {
      return "%dh%dm".formatted(span.toHours(), span.toMinutesPart());
    }
    return span.toMinutes() > 0
        ? "%dm%ds".formatted(span.toMinutes(), span.toSecondsPart())
        : span.toSeconds() + "s";
  }

  private static Finding rejected(Patient patient, Account account, List<DeadLetter> newest) {
    if (account.rejected() == 0) {
      return Finding.of("dead-letters", Diagnosis.REJECTED_NONE);
    }
    if (newest.isEmpty()) {
      // Each was larger than what is kept of them all.
      return Finding.of("dead-letters", Diagnosis.REJECTED_UNKEPT, account.rejected());
    }
    DeadLetter last = newest.getFirst();
    Duration since = Duration.between(last.at(), patient.machine().clock().instant());
    return Finding.of(
        "dead-letters",
        since.compareTo(RECENT) < 0 ? Diagnosis.REJECTED_SOME : Diagnosis.REJECTED_BEFORE,
        account.rejected(),
        last.reason(),
        last.at().truncatedTo(ChronoUnit.SECONDS));
  }

  static Finding seal(Patient patient) throws IOException {
    EvidenceFolders folders = EvidenceFolders.in(patient.data());
    if (!Files.exists(folders.key())) {
      long kept = files(folders.clips()) + files(folders.originals());
      return kept > 0
          ? Finding.of("evidence-key", Diagnosis.SEAL_LOST, kept)
          : Finding.of("evidence-key", Diagnosis.SEAL_NONE);
    }
    return loose(folders.key()).isPresent()
        ? Finding.of("evidence-key", Diagnosis.SEAL_LOOSE, folders.key())
        : Finding.of("evidence-key", Diagnosis.SEAL_GOOD);
  }

  /** Whom else the file's mode lets in. */
  static Optional<Set<PosixFilePermission>> loose(Path file) throws IOException {
    Set<PosixFilePermission> mode = EnumSet.noneOf(PosixFilePermission.class);
    mode.addAll(Files.getPosixFilePermissions(file));
    mode.retainAll(OTHERS);
    return mode.isEmpty() ? Optional.empty() : Optional.of(mode);
  }

  private static long files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    long count = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path path : all) {
        count += Files.isRegularFile(path) ? 1 : 0;
      }
    }
    return count;
  }
}
