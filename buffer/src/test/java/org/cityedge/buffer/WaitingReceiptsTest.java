package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.cityedge.buffer.LossReceipt.Range;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a long outage leaves of a small store. */
class WaitingReceiptsTest {
  private static final long CAP = 8 << 20;

  @TempDir Path folder;

  /** {@code TELEMETRY EVICTED 1 50 52 101}, filled up with blanks so that few take much. */
  private static final class Text implements LossReceipt.Writer {
    @Override
    public Event event(LossReceipt receipt) {
      StringBuilder text = new StringBuilder();
      text.append(receipt.lane()).append(' ').append(receipt.reason());
      for (Range range : receipt.ranges()) {
        text.append(' ').append(range.first()).append(' ').append(range.last());
      }
      byte[] payload = Arrays.copyOf(text.toString().getBytes(StandardCharsets.UTF_8), 4000);
      return new Event("loss", Lane.REPORT, "city/v1/510108/gw-1/loss", "{}", payload);
    }

    @Override
    public Optional<LossReceipt> receipt(byte[] payload) {
      String[] words = new String(payload, StandardCharsets.UTF_8).replace("\0", "").split(" ", -1);
      List<Range> ranges = new ArrayList<>();
      for (int i = 2; i < words.length; i += 2) {
        ranges.add(new Range(Long.parseLong(words[i]), Long.parseLong(words[i + 1])));
      }
      return Optional.of(
          new LossReceipt(Lane.valueOf(words[0]), LossReceipt.Reason.valueOf(words[1]), ranges));
    }
  }

  private EventStore open() throws Exception {
    return SqliteEventStore.open(
        new BufferConfig(folder.resolve("events.db"), CAP), new Text(), InstantSource.system());
  }

  @Test
  void areMergedBeyondASixteenthOfTheCapAndCoverEveryNumber() throws Exception {
    try (EventStore store = open()) {
      for (int i = 0; i < 400; i++) {
        append(store, Lane.TELEMETRY);
        isWithinItsShare(store);
      }
      everyNumberIsThereOrCovered(store);
      assertThat(receipts(store)).allMatch(receipt -> receipt.lane() == Lane.TELEMETRY);
      assertThat(store.account().dropped(Lane.REPORT)).isPositive();
    }
  }

  /** Two lanes take turns, so that no range of one is long, and alerts wait in between. */
  @Test
  void areMergedAcrossLanesWhereEachWouldStayInPieces() throws Exception {
    try (EventStore store = open()) {
      for (int i = 0; i < 500; i++) {
        append(store, Lane.TELEMETRY, Lane.EVIDENCE);
        if (i % 50 == 0) {
          assertThat(store.append(event(Lane.ALERT, "a" + i)))
              .isNotInstanceOf(Append.Refused.class);
        }
        isWithinItsShare(store);
      }
      assertThat(store.account().waiting(Lane.ALERT).events()).isEqualTo(10);
      everyNumberIsThereOrCovered(store);
    }
  }

  @Test
  void leaveAfterTheOutageAndThoseThatComeLaterAsWell() throws Exception {
    try (EventStore store = open()) {
      for (int i = 0; i < 300; i++) {
        append(store, Lane.TELEMETRY);
      }
      List<Settlement> delivered =
          Events.sequences(store, Lane.REPORT).stream()
              .<Settlement>map(Settlement.Acknowledged::new)
              .toList();
      store.settle(delivered);
      assertThat(store.account().waiting(Lane.REPORT).events()).isZero();
    }
    try (EventStore store = open()) {
      for (int i = 0; i < 100; i++) {
        append(store, Lane.TELEMETRY);
        isWithinItsShare(store);
      }
      assertThat(store.account().unexplained()).isZero();
    }
  }

  private static void append(EventStore store, Lane... lanes) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      events.add(event(lanes[i % lanes.length], "e" + i, 3000));
    }
    assertThat(store.append(events, Map.of())).isNotInstanceOf(Append.Refused.class);
  }

  /** With what one transaction adds. */
  private static void isWithinItsShare(EventStore store) {
    assertThat(store.account().waiting(Lane.REPORT).bytes()).isLessThan(CAP / 16 + (64 << 10));
  }

  private static List<LossReceipt> receipts(EventStore store) {
    Text text = new Text();
    return Events.all(store, Lane.REPORT).stream()
        .map(stored -> text.receipt(stored.event().payload()).orElseThrow())
        .toList();
  }

  private static void everyNumberIsThereOrCovered(EventStore store) {
    TreeSet<Long> known = new TreeSet<>();
    for (Lane lane : Lane.values()) {
      known.addAll(Events.sequences(store, lane));
    }
    for (LossReceipt receipt : receipts(store)) {
      for (Range range : receipt.ranges()) {
        LongStream.rangeClosed(range.first(), range.last())
            .forEach(number -> assertThat(known.add(number)).as("%d twice", number).isTrue());
      }
    }
    assertThat(known).hasSize((int) store.account().appended());
    assertThat(store.account().unexplained()).isZero();
  }
}
