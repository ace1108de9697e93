package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the whole of a large store once after it was opened, on a thread of its own: SQLite's
 * {@code quick_check}, and the books against the rows. What it finds goes to the writer, which sets
 * the file aside.
 *
 * <p>A check reads one state of the database to its end, and as long as it does the WAL cannot be
 * cut back. So the writer breaks it off when the WAL has reached its limit ({@link #whileIdle}); it
 * begins anew after a pause of 1 min, doubled each time up to 1 h, until it has come through.
 */
final class IntegrityCheck implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(IntegrityCheck.class);
  private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
  private static final int INTERRUPTED = 9;

  private final StoreFile file;
  private final String query;
  private final Intake intake;
  private final Thread thread;

  /** Held while a check reads. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition closing = lock.newCondition();
  private boolean closed;
  private volatile @Nullable Statement running;

  /**
   * @param query answers {@code ok}, or what is wrong
   */
  IntegrityCheck(StoreFile file, String query, Intake intake) {
    this.file = file;
    this.query = query;
    this.intake = intake;
    thread = Thread.ofPlatform().daemon().name("event-store-check").unstarted(this);
  }

  void start() {
    thread.start();
  }

  @Override
  public void run() {
    lock.lock();
    try {
      Duration pause = FIRST_PAUSE;
      while (!closed && !through()) {
        long left = pause.toNanos();
        while (!closed && left > 0) {
          left = closing.awaitNanos(left);
        }
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
      }
    } catch (InterruptedException _) {
      // This thread is nobody's to interrupt; if somebody does, the next opening checks.
    } finally {
      lock.unlock();
    }
  }

  /** Whether the check came to an end, whatever it found. */
  private boolean through() {
    try (Connection connection = file.reader()) {
      connection.setAutoCommit(false);
      Optional<String> damage = damage(connection);
      damage.ifPresent(intake::suspect);
      log.info("Event store checked outcome=\"{}\"", damage.orElse("ok"));
      return true;
    } catch (SQLException e) {
      if (DiskFault.damaged(e)) {
        intake.suspect(String.valueOf(e.getMessage()));
        return true;
      }
      if ((e.getErrorCode() & 0xff) != INTERRUPTED) {
        log.warn("Event store cannot be checked now reason=\"{}\"", DiskFault.reason(e));
      }
      return false;
    }
  }

  private Optional<String> damage(Connection connection) throws SQLException {
    try (Statement sql = connection.createStatement()) {
      running = sql;
      Optional<String> wrong = answer(sql, query).filter(text -> !"ok".equals(text));
      Books books = Schema.books(connection);
      for (Lane lane : Lane.values()) {
        String count =
            answer(sql, "SELECT count(*) FROM " + Schema.table(lane)).orElse("no answer");
        String said = String.valueOf(books.lane(lane).events());
        if (wrong.isEmpty() && !said.equals(count)) {
          wrong =
              Optional.of(
                  "%s events of lane %s in the books, %s there".formatted(said, lane, count));
        }
      }
      return wrong;
    } finally {
      running = null;
    }
  }

  private static Optional<String> answer(Statement sql, String query) throws SQLException {
    try (ResultSet row = sql.executeQuery(query)) {
      return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
    }
  }

  /** Runs while no check reads; one that does is broken off. */
  void whileIdle(Pause pause) throws SQLException {
    breakOff();
    try {
      pause.run();
    } finally {
      lock.unlock();
    }
  }

  /** Breaks a check off and ends the thread; any number of times. */
  void close() {
    breakOff();
    closed = true;
    closing.signalAll();
    lock.unlock();
  }

  /** Returns with the lock held. A check that is between two statements is caught in the next. */
  private void breakOff() {
    while (!tryLock()) {
      Statement reading = running;
      if (reading != null) {
        try {
          reading.cancel();
        } catch (SQLException _) {
          // It has just ended.
        }
      }
    }
  }

  private boolean tryLock() {
    try {
      return lock.tryLock(1, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      // An interrupt lets nobody go halfway; see Intake.
      return lock.tryLock();
    }
  }
}
