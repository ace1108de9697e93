package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.LossReceipt;
import org.cityedge.buffer.SqliteEventStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs {@code backup} and {@code restore}, beside a store that this process has open. */
class BackupVerbIT {
  @TempDir Path data;

  private EventStore open() throws Exception {
    return SqliteEventStore.open(
        BufferConfig.defaults(data), BackupVerbIT::receipt, InstantSource.system());
  }

  private static Event receipt(LossReceipt receipt) {
    return event(Lane.REPORT, receipt.toString());
  }

  private static Event event(Lane lane, String payload) {
    return new Event("id", lane, "topic", "{}", payload.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void restoresWhatWasBackedUpBesideARunningAgentAndReusesNoNumber() throws Exception {
    String backup = data.resolve("backup.db").toString();
    String folder = data.toString();
    try (EventStore store = open()) {
      store.append(event(Lane.ALERT, "before"));
      assertThat(AgentProcess.verb(0, "backup", backup, "--data", folder))
          .contains("1 events wait in it, last number 1");
      assertThat(AgentProcess.verb(2, "backup", backup, "--data", folder))
          .contains("exists already", "--force");
      AgentProcess.verb(0, "backup", backup, "--data", folder, "--force");
      store.append(event(Lane.ALERT, "after"));
      assertThat(AgentProcess.verb(2, "restore", backup, "--data", folder))
          .contains("open already", "nothing was changed");
      assertThat(store.append(event(Lane.ALERT, "still"))).isEqualTo(new Append.Stored(3));
    }
    assertThat(AgentProcess.verb(0, "restore", backup, "--data", folder))
        .contains("1 events wait", "events.db.before-restore-", "2..3");
    try (EventStore store = open()) {
      assertThat(store.read(Lane.ALERT, 0, 10, 1000)).hasSize(1);
      assertThat(
              new String(
                  store.read(Lane.REPORT, 0, 10, 1000).getFirst().event().payload(),
                  StandardCharsets.UTF_8))
          .contains("CORRUPT", "first=2, last=3");
      assertThat(store.append(event(Lane.ALERT, "new"))).isEqualTo(new Append.Stored(5));
      assertThat(store.account().unexplained()).isZero();
    }
  }

  @Test
  void namesWhatIsWrongWithTheBackup() throws Exception {
    Path backup = Files.writeString(data.resolve("backup.db"), "no database".repeat(1000));
    assertThat(AgentProcess.verb(2, "restore", backup.toString(), "--data", data.toString()))
        .contains(backup.toString(), "damaged", "nothing was changed");
    assertThat(AgentProcess.verb(2, "restore", backup.toString(), "--data", data + "/none"))
        .contains("no data folder at " + data + "/none");
    assertThat(AgentProcess.verb(2, "backup", data + "/b", "--data", data.toString()))
        .contains("no event store at");
  }
}
