package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Map;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an order asks to keep less of, in the agent as a process (config.md §1). */
class OrderRoomIT {
  @TempDir Path folder;
  private OrderStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new OrderStage(folder);
  }

  @AfterEach
  void close() throws Exception {
    stage.close();
  }

  /** config.md §1: no configuration may lose a stored event, so none that is only on trial. */
  @Test
  void anOrderThatIsGoneBackFromCostsNoStoredEvent() throws Exception {
    URI nobody = URI.create("mqtt://127.0.0.1:1");
    stage.city(nobody).maxBytes("64MiB").write(stage.folder);
    long stored = fill();
    Path smaller =
        stage.city(nobody).maxBytes("8MiB").write(Files.createDirectory(stage.folder.resolve("s")));
    Path order = stage.folder.resolve("order.jws");
    Files.writeString(order, stage.maintainer.order(1, smaller, OrderStage.SHORT));
    AgentProcess.verb(1, "config", "apply", order.toString(), "--data", stage.data.toString());
    try (AgentProcess agent = stage.run()) {
      Eventually.await(
          "the order is gone back from", OrderStage.LIMIT.multipliedBy(2), stage::isGivenUp);
      assertThat(agent.stop()).isZero();
    }
    Account account = SqliteEventStore.inspect(stage.data.resolve("events.db"));
    assertThat(account.dropped()).isZero();
    assertThat(account.waiting(Lane.TELEMETRY).events()).isGreaterThanOrEqualTo(stored);
  }

  /** The smaller cap holds from the commit on, with the store opened anew. */
  @Test
  void anOrderThatIsCommittedTakesTheRoomThatItAsksFor() throws Exception {
    stage.city(stage.broker.uri()).maxBytes("64MiB").write(stage.folder);
    Path smaller =
        stage
            .city(stage.broker.uri())
            .maxBytes("8MiB")
            .write(Files.createDirectory(stage.folder.resolve("s")));
    try (AgentProcess agent = stage.run()) {
      stage.state(1);
      stage.push(stage.maintainer.order(1, smaller, OrderStage.SHORT));
      stage.awaitReport(1, "probation", "");
      assertThat(stage.lastReport().text()).as("of the store as it was").contains("\"boot\":\"1\"");
      stage.awaitReport(1, "committed", "");
      stage.state(2, 1);
      assertThat(agent.stop()).isZero();
    }
  }

  /** 15 MiB of telemetry in a store of 64 MiB; how many events. */
  private long fill() throws Exception {
    try (EventStore store =
        SqliteEventStore.open(
            new BufferConfig(stage.data.resolve("events.db"), 64 << 20),
            loss -> new Event("loss", Lane.REPORT, OrderStage.G + "loss", "{}", new byte[] {1}),
            InstantSource.system())) {
      Event event =
          new Event("t", Lane.TELEMETRY, OrderStage.G + "telemetry/env", "{}", new byte[30_000]);
      for (int i = 0; i < 20; i++) {
        store.append(Collections.nCopies(25, event), Map.of());
      }
      return store.account().waiting();
    }
  }
}
