package org.cityedge.agent.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the chain, and tells it. Each record is durable on disk when {@link #add} returns and is
 * then handed to the event store, in order; what a crash or a closed store left untold is told
 * later under the same id. Any thread; a call waits for the disk.
 *
 * <p>A disk that refuses stops nobody: the record is lost, counted, and the next one says how many
 * were. Who must not go on without a record looks at what {@code add} returns.
 */
public final class Audit {
  static final String FOLDER = "audit";

  /** Of one file; then a new one begins. */
  static final long MOST_BYTES = 256 * 1024;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx");
  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);

  private final AuditFiles files;
  private final InstantSource clock;
  private final Supplier<String> clockSource;
  private final ReentrantLock lock = new ReentrantLock();

  // guarded by lock
  private long number;
  private String hash = AuditRecord.FIRST;
  private boolean fresh;
  private boolean read;
  private long missed;
  private long told;
  private @Nullable AuditRecord newest;

  /** That the chain was found damaged, until the disk takes it. */
  private @Nullable Entry owed;

  private @Nullable Predicate<AuditRecord> listener;

  /**
   * @param clockSource who vouches for the wall clock right now
   */
  public Audit(Path data, InstantSource clock, Supplier<String> clockSource) {
    this(data, clock, clockSource, MOST_BYTES);
  }

  Audit(Path data, InstantSource clock, Supplier<String> clockSource, long mostBytes) {
    this(new AuditFiles(data.resolve(FOLDER), mostBytes), clock, clockSource);
  }

  Audit(AuditFiles files, InstantSource clock, Supplier<String> clockSource) {
    this.files = files;
    this.clock = clock;
    this.clockSource = clockSource;
  }

  /** Whether it is on disk. */
  public boolean add(Entry entry) {
    lock.lock();
    try {
      if (!append(entry)) {
        return false;
      }
      tell();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * From here on each record is handed over, those first that were not told yet.
   *
   * @param next takes a record; false when it cannot be stored now, then it is told with the next
   */
  public void tellTo(Predicate<AuditRecord> next) {
    lock.lock();
    try {
      listener = next;
      readOnce();
      try {
        writeOwed();
      } catch (IOException e) {
        LOG.error("The audit cannot be written; that it is damaged is recorded later.", e);
      }
      tell();
    } catch (IOException e) {
      LOG.error("The audit cannot be read, so it is not told.", e);
    } finally {
      lock.unlock();
    }
  }

  /** Nobody is told any more. */
  public void tellNobody() {
    lock.lock();
    try {
      listener = null;
    } finally {
      lock.unlock();
    }
  }

  /** The newest record of a kind that matches; empty when none is kept, or the disk refuses. */
  public Optional<AuditRecord> last(Predicate<AuditRecord> wanted) {
    lock.lock();
    try {
      return files.from(0).reversed().stream().filter(wanted).findFirst();
    } catch (IOException e) {
      LOG.error("The audit cannot be read.", e);
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private boolean append(Entry entry) {
    try {
      readOnce();
      writeOwed();
      write(entry);
      return true;
    } catch (IOException e) {
      missed++;
      LOG.error(
          "The audit cannot be written. kind={} what={} subject=\"{}\" missed={}",
          entry.kind().word(),
          entry.what(),
          entry.subject(),
          missed,
          e);
      return false;
    }
  }

  private void writeOwed() throws IOException {
    Entry damage = owed;
    if (damage != null) {
      write(damage);
      owed = null;
    }
  }

  private void write(Entry entry) throws IOException {
    Instant now = clock.instant();
    AuditRecord record =
        new AuditRecord(
            number + 1,
            hash,
            TIME.format(now.atOffset(ZoneOffset.UTC)),
            clockSource.get(),
            entry,
            missed);
    files.append(record.number(), record.json(), fresh);
    number = record.number();
    hash = record.sha256();
    newest = record;
    fresh = false;
    missed = 0;
  }

  /**
   * Finds the end of the chain. When it is broken or cannot be read, the chain goes on behind the
   * last line that can be, in a file of its own: what is there stays as it is, for whoever looks
   * into it, and no number that it may hold is given again.
   */
  private void readOnce() throws IOException {
    if (read) {
      return;
    }
    List<Path> all = files.files();
    boolean unreadable = !all.isEmpty() && !AuditFiles.isReadable(all.getLast());
    if (!all.isEmpty() && !unreadable && AuditFiles.mend(all.getLast())) {
      owed = damage("unfinished", "", "a record that was being written at a power cut was cut off");
    }
    long lines = 0;
    if (unreadable) {
      lines = files.above(all.getLast());
    } else if (!all.isEmpty()) {
      lines = AuditFiles.first(all.getLast()) - 1 + AuditFiles.lines(all.getLast()).size();
    }
    List<AuditRecord> kept = files.from(0);
    if (!kept.isEmpty()) {
      hash = kept.getLast().sha256();
      number = kept.getLast().number();
    }
    told = files.told();
    read = true;
    boolean damaged = number != lines;
    if (damaged) {
      LOG.error("The audit is damaged; see cityedge audit verify. lastRecord={}", number);
      number = Math.max(Math.max(number, told), lines);
      fresh = true;
      owed = damage("damaged", "AUDIT_DAMAGED", "the end of the chain cannot be read");
    }
  }

  private static Entry damage(String what, String code, String detail) {
    return new Entry(Entry.Kind.TAMPER, what, "", "audit", code, detail, !code.isEmpty());
  }

  private void tell() {
    Predicate<AuditRecord> now = listener;
    if (now == null || told >= number) {
      return;
    }
    try {
      AuditRecord last = newest;
      List<AuditRecord> untold =
          last != null && told == number - 1 ? List.of(last) : files.from(told + 1);
      for (AuditRecord record : untold) {
        if (!now.test(record)) {
          return;
        }
        told = record.number();
        files.told(told);
      }
    } catch (IOException e) {
      LOG.warn("The audit is told later. told={} of={}", told, number, e);
    }
  }
}
