package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.all;
import static org.cityedge.buffer.Events.event;
import static org.cityedge.buffer.Events.sequences;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cityedge.buffer.LossReceipt.Reason;
import org.junit.jupiter.api.Test;

/** What every event store drops when it is full, and for whom. */
abstract class CapContract extends StoreStage {
  private int filler;

  @Test
  void dropsTheOldestTelemetryWithAReceipt() {
    StoredAfter first = fillWith(Lane.TELEMETRY, 20_000);
    assertThat(first.receipts())
        .singleElement()
        .satisfies(
            receipt -> {
              assertThat(receipt.lane()).isEqualTo(Lane.TELEMETRY);
              assertThat(receipt.reason()).isEqualTo(Reason.EVICTED);
              assertThat(receipt.ranges().getFirst().first()).isEqualTo(1);
              assertThat(store.account().dropped()).isEqualTo(receipt.events());
            });
    assertThat(all(store, Lane.REPORT)).hasSize(1);
  }

  @Test
  void stillAcceptsAnAlertWhenTelemetryHasFilledTheStore() {
    fillWith(Lane.TELEMETRY, 500);
    for (int i = 0; i < 100; i++) {
      Append alert = store.append(event(Lane.ALERT, "a" + i, 16 << 10));
      assertThat(alert).isNotInstanceOf(Append.Refused.class);
    }
    assertThat(all(store, Lane.ALERT)).hasSize(100);
  }

  @Test
  void dropsEvidenceOnlyWhenNoTelemetryIsLeft() {
    append(Lane.TELEMETRY);
    StoredAfter first = fillWith(Lane.EVIDENCE, 60_000);
    assertThat(first.receipts())
        .extracting(LossReceipt::lane)
        .containsExactly(Lane.TELEMETRY, Lane.EVIDENCE);
  }

  @Test
  void neverDropsAnAlertForAnythingElse() {
    fillWith(Lane.TELEMETRY, 60_000);
    while (!all(store, Lane.TELEMETRY).isEmpty()) {
      store.append(event(Lane.ALERT, "a" + filler++, 60_000));
    }
    int alerts = all(store, Lane.ALERT).size();
    Append refused = refusedTelemetry();
    assertThat(refused)
        .isInstanceOfSatisfying(
            Append.Refused.class, r -> assertThat(r.reason()).contains("event store full"));
    assertThat(all(store, Lane.ALERT)).hasSize(alerts);
  }

  private Append refusedTelemetry() {
    Append last = append(Lane.TELEMETRY);
    for (int i = 0; i < 100 && !(last instanceof Append.Refused); i++) {
      store.append(event(Lane.ALERT, "a" + filler++, 60_000));
      last = store.append(event(Lane.TELEMETRY, "t" + filler++, 60_000));
    }
    return last;
  }

  @Test
  void dropsAnOldAlertForANewOneWhenNothingElseIsLeft() {
    StoredAfter first = fillWith(Lane.ALERT, 60_000);
    assertThat(first.receipts()).extracting(LossReceipt::lane).containsExactly(Lane.ALERT);
  }

  @Test
  void comesBackFromTheCapOnceEventsAreAcknowledged() {
    fillWith(Lane.EVIDENCE, 60_000);
    store.settle(
        sequences(store, Lane.EVIDENCE).stream().map(Settlement.Acknowledged::new).toList());
    assertThat(append(Lane.TELEMETRY)).isInstanceOf(Append.Stored.class);
  }

  /** Appends until something is dropped. */
  private StoredAfter fillWith(Lane lane, int bytes) {
    List<Event> some = new ArrayList<>();
    for (int i = 0; i < Math.max(1, 100_000 / bytes); i++) {
      some.add(event(lane, "f" + filler++, bytes));
    }
    for (int i = 0; i < 1_000; i++) {
      if (store.append(some, Map.of())
          instanceof Append.StoredAfterDropping(long last, List<LossReceipt> dropped)) {
        return new StoredAfter(last, dropped);
      }
    }
    throw new AssertionError("nothing was dropped: " + store.account());
  }

  private record StoredAfter(long last, List<LossReceipt> receipts) {}
}
