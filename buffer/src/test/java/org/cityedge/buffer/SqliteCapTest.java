package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

final class SqliteCapTest extends CapContract {
  @Override
  EventStore open(Path folder, long maxBytes, LossReceipt.Writer writer) throws IOException {
    return SqliteEventStore.open(
        new BufferConfig(folder.resolve("events.db"), maxBytes), writer, InstantSource.system());
  }

  @Test
  void staysWithinTheCapOnDisk() throws Exception {
    long most = 0;
    for (int i = 0; i < 400; i++) {
      store.append(event(Events.lane(i), "e" + i, 100_000));
      most = Math.max(most, size("events.db") + size("events.db-wal"));
    }
    assertThat(store.account().dropped()).isPositive();
    assertThat(most).isBetween(CAP / 2, CAP);
  }

  @Test
  void goesOnUnderASmallerCap() throws Exception {
    store.close();
    store = open(folder, 4 * CAP, Events::receipt);
    for (int i = 0; i < 200; i++) {
      store.append(event(Lane.TELEMETRY, "t" + i, 100_000));
    }
    reopen();
    assertThat(append(Lane.ALERT)).isInstanceOf(Append.StoredAfterDropping.class);
    reopen();
    assertThat(size("events.db") + size("events.db-wal")).isLessThan(CAP);
  }

  private long size(String name) {
    return folder.resolve(name).toFile().length();
  }
}
