package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.Settlement;
import org.cityedge.buffer.SqliteEventStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link SeededFaultsIT} has a store that is damaged. */
class StoreChecksTest {
  @TempDir Path data;

  @Test
  void countsEveryStoreThatWasSetAsideAlsoTwoOfOneSecond() throws Exception {
    BufferConfig config = BufferConfig.defaults(data);
    SqliteEventStore.open(
            config,
            receipt -> new Event(receipt.toString(), Lane.REPORT, "loss", "{}", new byte[0]),
            () -> Instant.EPOCH)
        .close();
    for (String end :
        List.of(
            "damaged-20260501T080000Z",
            "damaged-20260501T080000Z-wal",
            "damaged-20260501T080000Z-2",
            "damaged-20260501T080000Z-2-wal",
            "damaged-20260501T080000Z-2-shm",
            "damaged-20260501T080000Z-10",
            "before-restore-20260501T080000Z")) {
      Files.createFile(config.file().resolveSibling(config.file().getFileName() + "." + end));
    }
    assertThat(StoreChecks.store(patient()))
        .containsExactly(Finding.of("store", Diagnosis.STORE_SET_ASIDE, 3));
  }

  private static final Instant REJECTED = Instant.parse("2026-05-01T08:00:00Z");

  /**
   * Two alerts, of which the first was rejected; a loss receipt of that waits behind the second.
   */
  private SqliteEventStore twoAlertsOneRejected() throws Exception {
    SqliteEventStore store = store();
    store.append(event("a"));
    store.append(event("b"));
    store.settle(List.of(new Settlement.Rejected(1, "0x87")));
    return store;
  }

  private SqliteEventStore store() throws Exception {
    return SqliteEventStore.open(
        BufferConfig.defaults(data),
        receipt -> new Event("loss", Lane.REPORT, "loss", "{}", new byte[0]),
        () -> REJECTED);
  }

  private static Event event(String id) {
    return new Event(id, Lane.ALERT, "alert", "{}", new byte[0]);
  }

  /** Power without a broker. */
  private void lives(Duration time) throws Exception {
    sql("UPDATE meta SET lived = lived + " + time.toMillis());
  }

  private void sql(String change) throws Exception {
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:" + BufferConfig.defaults(data).file());
        var sql = connection.createStatement()) {
      sql.executeUpdate(change);
    }
  }

  private Finding finding(String check, Patient patient, StoreChecks.Pause pause) throws Exception {
    return StoreChecks.books(patient, pause).stream()
        .filter(finding -> finding.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRejectionIsAWarningForADayAndANumberAfterwards() throws Exception {
    twoAlertsOneRejected().close();
    assertThat(finding("dead-letters", at(REJECTED.plus(Duration.ofHours(23))), () -> {}))
        .isEqualTo(Finding.of("dead-letters", Diagnosis.REJECTED_SOME, 1, "0x87", REJECTED));
    assertThat(finding("dead-letters", at(REJECTED.plus(Duration.ofHours(25))), () -> {}))
        .isEqualTo(Finding.of("dead-letters", Diagnosis.REJECTED_BEFORE, 1, "0x87", REJECTED));
  }

  @Test
  void rejectionsOfWhichNoneIsKeptAreNotDenied() throws Exception {
    twoAlertsOneRejected().close();
    sql("DELETE FROM dead_letter");
    assertThat(finding("dead-letters", at(REJECTED), () -> {}))
        .isEqualTo(Finding.of("dead-letters", Diagnosis.REJECTED_UNKEPT, 1));
  }

  @Test
  void dropsAreAWarningWhileTheirReceiptsWaitAndANumberAfterwards() throws Exception {
    twoAlertsOneRejected().close();
    // As if it had been dropped.
    sql("UPDATE meta SET dropped = 1, rejected = 0, alert_dropped = 1");
    assertThat(finding("account", patient(), () -> {}))
        .isEqualTo(Finding.of("account", Diagnosis.ACCOUNT_DROPPED, 1, 1));
    try (SqliteEventStore store = store()) {
      store.settle(List.of(new Settlement.Acknowledged(3)));
    }
    assertThat(finding("account", patient(), () -> {}))
        .isEqualTo(Finding.of("account", Diagnosis.ACCOUNT_WHOLE, 3, 1, 0, 1, 1));
  }

  @Test
  void aQueueThatHasWaitedForLongIsStuckOnlyWhileNothingIsAcknowledged() throws Exception {
    store().close();
    try (SqliteEventStore store = store()) {
      store.append(event("a"));
      store.append(event("b"));
    }
    lives(Duration.ofHours(2));
    assertThat(finding("queue", at(REJECTED), () -> {}).diagnosis())
        .isEqualTo(Diagnosis.QUEUE_STUCK);
    assertThat(
            finding(
                    "queue",
                    at(REJECTED),
                    () -> {
                      try (SqliteEventStore store = store()) {
                        store.settle(List.of(new Settlement.Acknowledged(1)));
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    })
                .diagnosis())
        .isEqualTo(Diagnosis.QUEUE_DRAINS);
  }

  @Test
  void aQueueIsStuckAlthoughWhatIsMoreUrgentLeaves() throws Exception {
    store().close();
    try (SqliteEventStore store = store()) {
      store.append(new Event("t", Lane.TELEMETRY, "telemetry", "{}", new byte[0]));
    }
    lives(Duration.ofHours(2));
    Finding found =
        finding(
            "queue",
            at(REJECTED),
            () -> {
              try (SqliteEventStore store = store()) {
                store.append(event("a"));
                store.settle(List.of(new Settlement.Acknowledged(2)));
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    assertThat(found.diagnosis()).isEqualTo(Diagnosis.QUEUE_STUCK);
  }

  @Test
  void aQueueThatIsHeldSaysSo() throws Exception {
    try (SqliteEventStore store = store()) {
      store.append(event("a"));
    }
    lives(Duration.ofHours(2));
    Patient held =
        patient(
            Optional.of(
                JsonMapper.builder()
                    .build()
                    .readTree(
                        "{\"uplink\":{\"connected\":true,\"heldSince\":\"2026-05-01T08:00:00Z\"}}")),
            REJECTED);
    assertThat(finding("queue", held, () -> {}).diagnosis()).isEqualTo(Diagnosis.QUEUE_HELD);
  }

  private Patient at(Instant now) {
    return patient(Optional.empty(), now);
  }

  private Patient patient() {
    return at(REJECTED);
  }

  private Patient patient(Optional<JsonNode> agent, Instant now) {
    return new Patient(
        data,
        data,
        data,
        Optional.empty(),
        agent,
        Optional.empty(),
        new Patient.Machine(Path.of("/"), () -> now, System::nanoTime));
  }
}
