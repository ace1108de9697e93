package org.cityedge.agent.uplink;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Lanes.LIVE_EVENTS;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.cityedge.agent.uplink.Lanes.Due;
import org.cityedge.agent.uplink.Lanes.Stream;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.MemoryEventStore;
import org.junit.jupiter.api.Test;

class LanesTest {
  private static final Lanes.Leave ANY = new Lanes.Leave(true, true, true, true);
  private static final Lanes.Leave BUSY = new Lanes.Leave(true, true, false, false);
  private static final Lanes.Leave NO_RATE = new Lanes.Leave(true, false, false, false);
  private static final Lanes.Leave NO_ROOM = new Lanes.Leave(false, true, false, false);

  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);
  private final Suspects suspects = new Suspects();

  private void telemetry(int count) {
    for (int i = 0; i < count; i++) {
      store.append(uplink.telemetry(i));
    }
  }

  private static List<Due> all(Lanes lanes) {
    List<Due> out = new ArrayList<>();
    for (Due due = lanes.next(ANY); due != null; due = lanes.next(ANY)) {
      out.add(due);
    }
    return out;
  }

  private static List<Long> sequences(List<Due> dues, Stream stream) {
    return dues.stream().filter(d -> d.stream() == stream).map(d -> d.event().sequence()).toList();
  }

  @Test
  void sendsTheNewestTelemetryBeforeTheBacklogAndEvidenceLast() {
    byte[] chunk = {1};
    store.append(
        uplink.events.bulk(
            Lane.EVIDENCE,
            uplink.topics.evidence("E1", 0),
            "e-1",
            "org.cityedge.evidence.v1",
            uplink.clock.instant(),
            "evidence/E1",
            "image/jpeg",
            Map.of(),
            chunk));
    telemetry(300);
    store.append(
        uplink.events.thumb("E1", "A", "cam-1", uplink.clock.instant(), "ab", new byte[1]));
    store.append(uplink.alert(1));

    List<Due> dues = all(new Lanes(store, suspects));
    assertThat(dues).hasSize(303);
    assertThat(dues).extracting(Due::stream).isSorted();
    assertThat(sequences(dues, Stream.LIVE)).hasSize(LIVE_EVENTS).isSorted().endsWith(301L);
    assertThat(sequences(dues, Stream.BACKFILL))
        .hasSize(300 - LIVE_EVENTS)
        .isSorted()
        .startsWith(2L)
        .doesNotContainAnyElementsOf(sequences(dues, Stream.LIVE));
    assertThat(dues).filteredOn(Due::replay).extracting(Due::stream).containsOnly(Stream.BACKFILL);
  }

  @Test
  void callsNothingABacklogThatFitsIntoTheLiveWindow() {
    telemetry(LIVE_EVENTS);
    List<Due> dues = all(new Lanes(store, suspects));
    assertThat(dues).hasSize(LIVE_EVENTS).noneMatch(Due::replay);
  }

  @Test
  void letsWhatIsAppendedOvertakeTheBacklog() {
    telemetry(1000);
    Lanes lanes = new Lanes(store, suspects);
    for (int i = 0; i < LIVE_EVENTS; i++) {
      assertThat(lanes.next(ANY)).isNotNull();
    }
    assertThat(requireNonNull(lanes.next(ANY)).stream()).isEqualTo(Stream.BACKFILL);
    store.append(uplink.telemetry(1));
    store.append(uplink.alert(1));
    lanes.appended();
    assertThat(requireNonNull(lanes.next(ANY)).stream()).isEqualTo(Stream.ALERT);
    assertThat(requireNonNull(lanes.next(ANY)).stream()).isEqualTo(Stream.LIVE);
    assertThat(requireNonNull(lanes.next(ANY)).stream()).isEqualTo(Stream.BACKFILL);
  }

  @Test
  void sendsWhatIsToGoAgainBeforeWhatFollowsInItsStream() {
    telemetry(LIVE_EVENTS + 3);
    Lanes lanes = new Lanes(store, suspects);
    List<Due> live = new ArrayList<>();
    for (int i = 0; i < LIVE_EVENTS; i++) {
      live.add(lanes.next(ANY));
    }
    Due first = lanes.next(ANY);
    lanes.again(requireNonNull(first));
    lanes.again(live.get(5));
    assertThat(lanes.next(ANY)).isEqualTo(live.get(5));
    assertThat(lanes.next(ANY)).isEqualTo(first);
    assertThat(requireNonNull(lanes.next(ANY)).event().sequence()).isEqualTo(2);
  }

  @Test
  void holdsAllButAlertsBackForRoomAndBulkForTheRate() {
    telemetry(1);
    store.append(
        uplink.events.thumb("E1", "A", "cam-1", uplink.clock.instant(), "ab", new byte[1]));
    store.append(uplink.alert(1));
    Lanes lanes = new Lanes(store, suspects);
    assertThat(requireNonNull(lanes.next(NO_ROOM)).stream()).isEqualTo(Stream.ALERT);
    assertThat(lanes.next(NO_ROOM)).isNull();
    assertThat(requireNonNull(lanes.next(NO_RATE)).stream()).isEqualTo(Stream.REPORT);
    assertThat(lanes.next(NO_RATE)).isNull();
    assertThat(requireNonNull(lanes.next(BUSY)).stream()).isEqualTo(Stream.LIVE);
  }

  @Test
  void leavesASuspectForAQuietLine() {
    telemetry(2);
    suspects.ended(Set.of(1L));
    suspects.ended(Set.of(1L));
    suspects.ended(Set.of(1L));
    Lanes lanes = new Lanes(store, suspects);
    assertThat(requireNonNull(lanes.next(BUSY)).event().sequence()).isEqualTo(2);
    assertThat(lanes.next(BUSY)).isNull();
    assertThat(lanes.postponed()).isEqualTo(1);
    assertThat(requireNonNull(lanes.next(ANY)).event().sequence()).isEqualTo(1);
  }

  @Test
  void holdsBulkBackForAPostponedAlertOnceTheConnectionHasHeld() {
    telemetry(2);
    store.append(uplink.alert(1));
    suspects.ended(Set.of(3L));
    suspects.ended(Set.of(3L));
    suspects.ended(Set.of(3L));
    Lanes lanes = new Lanes(store, suspects);
    assertThat(requireNonNull(lanes.next(BUSY)).event().sequence()).isEqualTo(1);
    assertThat(lanes.next(new Lanes.Leave(true, true, true, false))).isNull();
    assertThat(requireNonNull(lanes.next(ANY)).event().sequence()).isEqualTo(3);
    assertThat(requireNonNull(lanes.next(ANY)).event().sequence()).isEqualTo(2);
  }
}
