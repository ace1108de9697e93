package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Database, WAL and clips share one cap. */
final class ClipsUnderCapTest {
  private static final long CAP = 16 << 20;
  private static final int CLIP = 700_000;
  private static final int LARGE = 7 << 20;

  /** What the cap leaves beside the WAL and a transaction. */
  private static final long DATABASE = CAP - (4L << 20);

  @TempDir Path folder;
  private Clips clips;
  private SqliteEventStore store;
  private int number;

  @BeforeEach
  void openStore() throws Exception {
    clips = Clips.open(folder.resolve("clips"), new Seal(folder.resolve("key")));
    store = open(CAP);
  }

  @AfterEach
  void closeStore() {
    assertThat(store.account().unexplained()).isZero();
    store.close();
  }

  @Test
  void staysWithinTheCapWhateverFillsIt() throws Exception {
    long most = 0;
    for (int round = 0; round < 300; round++) {
      if (round % 3 == 0) {
        clips.put("c-" + round + ".mp4", new byte[CLIP]);
      }
      append(Events.lane(round), 120_000);
      most = Math.max(most, bytes());
    }
    assertThat(store.account().dropped()).isPositive();
    assertThat(most).isBetween(CAP / 2, CAP);
  }

  /** Tells when it is read, and has nothing to give until it may. */
  private static final class SlowClip extends InputStream {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      begun.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return length;
    }
  }

  /** A clip of half a minute takes a card seconds, and its alert's next message must not wait. */
  @Test
  void takesEventsWhileAClipIsBeingWritten() throws Exception {
    SlowClip slow = new SlowClip();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> put =
          threads.submit(
              () -> {
                clips.put("c-1.mp4", slow, CLIP);
                return null;
              });
      slow.begun.await();
      try {
        assertThat(threads.submit(() -> store.append(event(Lane.ALERT, "a"))))
            .succeedsWithin(Duration.ofSeconds(30))
            .isInstanceOf(Append.Stored.class);
      } finally {
        slow.goOn.countDown();
      }
      put.get();
    }
    assertThat(clips.find("c-1")).isPresent();
  }

  /** Each fits alone; together they would empty the lanes, and be refused all the same. */
  @Test
  void costsTheLanesNothingThatTwoClipsAreLargerThanTheCapTogether() throws Exception {
    for (int i = 0; i < 20; i++) {
      append(i % 2 == 0 ? Lane.TELEMETRY : Lane.EVIDENCE, 100_000);
    }
    SlowClip slow = new SlowClip();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> first =
          threads.submit(
              () -> {
                clips.put("c-1.mp4", slow, LARGE);
                return null;
              });
      slow.begun.await();
      FutureTask<Void> second =
          new FutureTask<>(
              () -> {
                clips.put("c-2.mp4", new byte[LARGE]);
                return null;
              });
      Thread putting = Thread.ofPlatform().start(second);
      awaitOneOf(putting, Thread.State.BLOCKED, Thread.State.TERMINATED);
      slow.goOn.countDown();
      first.get();
      second.get();
    }
    assertThat(store.account().dropped()).isZero();
    assertThat(clips.names()).as("the older one goes").containsExactly("c-2.mp4");
    assertThat(bytes()).isLessThanOrEqualTo(CAP);
  }

  private static void awaitOneOf(Thread thread, Thread.State... states) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!List.of(states).contains(thread.getState()) && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(thread.getState()).isIn((Object[]) states);
  }

  /** Small events take twice their bytes and more on the disk. */
  @Test
  void dropsNothingForAClipThatDoesNotFitBesideTheAlerts() throws Exception {
    append(Lane.TELEMETRY, 100_000);
    append(Lane.EVIDENCE, 100_000);
    List<Event> alerts = Collections.nCopies(500, event(Lane.ALERT, "a", 1_100));
    for (int i = 0; i < 10; i++) {
      store.append(alerts, Map.of());
    }
    long bytes = store.account().waiting(Lane.ALERT).bytes();
    long pages = Room.PAGE * 5_000L / 3;
    // Beside the alerts' bytes there is room, beside their pages there is not.
    int clip = (int) (DATABASE - (bytes + pages) / 2);
    assertThatThrownBy(() -> clips.put("c-1.mp4", new byte[clip]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("event store full");
    assertThat(store.account().dropped()).isZero();
    assertThat(clips.bytes()).isZero();
  }

  @Test
  void shrinksAFullDatabaseForAClip() throws Exception {
    fill(Lane.TELEMETRY);
    long dropped = store.account().dropped(Lane.TELEMETRY);
    clips.put("c-1.mp4", new byte[3_000_000]);
    assertThat(bytes()).isLessThanOrEqualTo(CAP);
    assertThat(clips.find("c-1")).isPresent();
    assertThat(store.account().dropped(Lane.TELEMETRY)).isGreaterThan(dropped);
  }

  @Test
  void dropsTelemetryThenClipsThenEvidence() throws Exception {
    append(Lane.EVIDENCE, 100_000);
    clips.put("c-1.mp4", new byte[CLIP]);
    append(Lane.TELEMETRY, 100_000);
    while (store.account().dropped(Lane.TELEMETRY) == 0) {
      assertThat(clips.find("c-1")).as("telemetry goes first").isPresent();
      append(Lane.EVIDENCE, 100_000);
    }
    while (clips.find("c-1").isPresent()) {
      assertThat(store.account().dropped(Lane.EVIDENCE)).as("then clips").isZero();
      append(Lane.EVIDENCE, 100_000);
    }
    while (store.account().dropped(Lane.EVIDENCE) == 0) {
      append(Lane.EVIDENCE, 100_000);
    }
  }

  @Test
  void letsOldClipsMakeRoomForNewOnesAboveHalfOfTheCap() throws Exception {
    for (int i = 0; i < 20; i++) {
      append(Lane.TELEMETRY, 100_000);
    }
    for (int i = 0; i < 30; i++) {
      clips.put("c-" + i + ".mp4", new byte[CLIP]);
      assertThat(bytes()).isLessThanOrEqualTo(CAP);
    }
    assertThat(clips.find("c-29")).isPresent();
    assertThat(clips.find("c-0")).isEmpty();
    assertThat(store.account().dropped(Lane.TELEMETRY)).isZero();
  }

  @Test
  void refusesAClipRatherThanAnAlert() throws Exception {
    fill(Lane.ALERT);
    long alerts = store.account().waiting(Lane.ALERT).events();
    assertThatThrownBy(() -> clips.put("c-1.mp4", new byte[CLIP]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("event store full");
    assertThat(clips.bytes()).isZero();
    assertThat(store.account().waiting(Lane.ALERT).events()).isEqualTo(alerts);
  }

  @Test
  void dropsNothingForAClipThatCanNeverFit() throws Exception {
    clips.put("c-1.mp4", new byte[CLIP]);
    fill(Lane.TELEMETRY);
    long dropped = store.account().dropped(Lane.TELEMETRY);
    assertThatThrownBy(() -> clips.put("c-2.mp4", new byte[(int) CAP + 1]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("event store full");
    assertThat(store.account().dropped(Lane.TELEMETRY)).isEqualTo(dropped);
    assertThat(clips.names()).containsExactly("c-1.mp4");
  }

  @Test
  void bringsClipsUnderASmallerCapWhenItOpens() throws Exception {
    for (int i = 0; i < 10; i++) {
      clips.put("c-" + i + ".mp4", new byte[CLIP]);
      append(Lane.TELEMETRY, 120_000);
    }
    store.close();
    store = open(8 << 20);
    assertThat(bytes()).isLessThanOrEqualTo(8 << 20);
  }

  private void append(Lane lane, int bytes) {
    store.append(event(lane, "e" + number++, bytes));
  }

  private void fill(Lane lane) {
    while (store.account().dropped() == 0) {
      append(lane, 100_000);
    }
  }

  private long bytes() throws IOException {
    long kept;
    try (Stream<Path> files = Files.list(folder.resolve("clips"))) {
      kept = files.mapToLong(file -> file.toFile().length()).sum();
    }
    return kept
        + Stream.of("events.db", "events.db-wal")
            .mapToLong(name -> folder.resolve(name).toFile().length())
            .sum();
  }

  private SqliteEventStore open(long cap) throws IOException {
    return SqliteEventStore.open(
        new BufferConfig(folder.resolve("events.db"), cap),
        clips,
        Events::receipt,
        InstantSource.system());
  }
}
