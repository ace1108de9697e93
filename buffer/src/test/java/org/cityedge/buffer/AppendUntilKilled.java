package org.cityedge.buffer;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** The child process of the kill test: appends from four threads and settles until it is killed. */
final class AppendUntilKilled {
  private AppendUntilKilled() {}

  /** Prints {@code A <sequence>} after an append returned, {@code S <sequence>} before settling. */
  public static void main(String[] arguments) throws Exception {
    SqliteEventStore store =
        SqliteEventStore.open(
            new BufferConfig(Path.of(arguments[0]), 8 << 20),
            Events::receipt,
            InstantSource.system());
    for (int t = 0; t < 4; t++) {
      Lane lane = Events.lane(t);
      Thread.ofPlatform().start(() -> append(store, lane));
    }
    for (long seen = 0; ; seen = store.await(seen, Duration.ofSeconds(1))) {
      for (StoredEvent sent : store.read(Lane.EVIDENCE, 0, 20, Long.MAX_VALUE)) {
        say("S " + sent.sequence());
        store.settle(
            List.of(
                sent.sequence() % 3 == 0
                    ? new Settlement.Rejected(sent.sequence(), "0x99")
                    : new Settlement.Acknowledged(sent.sequence())));
      }
    }
  }

  private static void append(SqliteEventStore store, Lane lane) {
    for (int i = 0; ; i++) {
      switch (store.append(Events.event(lane, "k" + i, 100 + i % 9 * 1000))) {
        case Append.Stored stored -> say("A " + stored.lastSequence());
        case Append.StoredAfterDropping stored -> say("A " + stored.lastSequence());
        case Append.Refused refused -> throw new IllegalStateException(refused.reason());
      }
    }
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
