package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.cityedge.agent.alerts.Confirmation.Change;
import org.cityedge.agent.alerts.Confirmation.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfirmationTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Settings SETTINGS =
      new Settings(Duration.ofSeconds(4), 0.6, Duration.ofSeconds(3), Duration.ofSeconds(10));

  /**
   * Plays one look a second: {@code x} seen, {@code .} unseen, {@code ?} invalid, {@code _} no look
   * but a tick. Returns the changes as {@code second:CHANGE}.
   */
  private static List<String> play(Settings settings, String looks) {
    Confirmation confirmation = new Confirmation(settings);
    List<String> changes = new ArrayList<>();
    for (int i = 0; i < looks.length(); i++) {
      long now = i * SECOND;
      Change change =
          switch (looks.charAt(i)) {
            case 'x' -> confirmation.look(now, true, true);
            case '.' -> confirmation.look(now, false, true);
            case '?' -> confirmation.look(now, true, false);
            default -> confirmation.tick(now);
          };
      if (change != Change.NONE) {
        changes.add(i + ":" + change);
      }
    }
    return changes;
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          .xxxxx           | 5:CONFIRMED              | confirms once it has stood for the hold time
          .xxxx            |                          | is silent just before that
          x.x.x            | 4:CONFIRMED              | lets three of five looks pass
          x...x            |                          | but not two of five
          x.......         |                          | forgets a single look
          xxxxx.....       | 4:CONFIRMED 7:CLEARED    | clears after the clear time
          xxxxx..x..x..x.. | 4:CONFIRMED              | stays up while it comes back in time
          xxxxx?????????   | 4:CONFIRMED              | does not clear while nobody can judge
          xx?????????xxx   |                          | its clock stands still while looks are invalid and for the first valid look after
          xx????xxxx       | 9:CONFIRMED              | and goes on afterwards
          xxxxx__________  | 4:CONFIRMED 14:LOST      | ends when the source is gone for the grace time
          xxxxx??????????  | 4:CONFIRMED 14:LOST      | or invalid for it
          xx____________xxxxx | 18:CONFIRMED          | a suspicion does not outlive the grace time
          """)
  void decidesOverTime(String looks, String expected, String name) {
    List<String> changes = play(SETTINGS, looks.strip());
    assertThat(String.join(" ", changes))
        .as(name)
        .isEqualTo(expected == null ? "" : expected.strip());
  }

  @Test
  void confirmsAtTheFirstLookWithoutAHoldTime() {
    Settings contact = new Settings(Duration.ZERO, 1, Duration.ofSeconds(2), Duration.ofDays(1));
    assertThat(play(contact, "..x...")).containsExactly("2:CONFIRMED", "4:CLEARED");
  }

  @Test
  void clearsAtTheFirstLookWithoutAClearTime() {
    Settings settings = new Settings(Duration.ZERO, 1, Duration.ZERO, Duration.ofDays(1));
    assertThat(play(settings, "x.x."))
        .containsExactly("0:CONFIRMED", "1:CLEARED", "2:CONFIRMED", "3:CLEARED");
  }

  @Test
  void takesUpWhatWasActiveBeforeARestart() {
    Confirmation confirmation = Confirmation.resumed(SETTINGS, 0);
    assertThat(confirmation.isActive()).isTrue();
    assertThat(confirmation.look(SECOND, false, true)).isEqualTo(Change.NONE);
    assertThat(confirmation.look(3 * SECOND, false, true)).isEqualTo(Change.NONE);
    assertThat(confirmation.look(4 * SECOND, false, true)).isEqualTo(Change.CLEARED);
  }

  @Test
  void holdsABoundedWindowHoweverManyLooksComeIn() {
    Confirmation confirmation = new Confirmation(SETTINGS);
    Change change = Change.NONE;
    for (long i = 0; i <= 4_000_000 && change == Change.NONE; i++) {
      change = confirmation.look(i * 1_000, true, true);
    }
    assertThat(change).isEqualTo(Change.CONFIRMED);
  }

  private static Settings held(Duration hold, double share) {
    return new Settings(hold, share, Duration.ZERO, Duration.ofDays(1));
  }

  /** The look that confirms, of one each 100 ms. */
  private static int confirmedAt(Settings settings, IntPredicate seen) {
    Confirmation confirmation = new Confirmation(settings);
    for (int i = 0; i < 40_000; i++) {
      if (confirmation.look(i * SECOND / 10, seen.test(i), true) == Change.CONFIRMED) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void whatMayNeverBeUnseenBeginsAnewHoweverManyLooksAgoThatWas() {
    assertThat(confirmedAt(held(Duration.ofMinutes(1), 1), i -> i != 340)).isEqualTo(341 + 600);
    assertThat(confirmedAt(held(Duration.ofSeconds(2), 1), i -> i != 15)).isEqualTo(16 + 20);
  }

  @Test
  void aShareIsOfAllLooksWithinTheHoldTimeHoweverMany() {
    IntPredicate seldomThenAlways = i -> i % 250 == 0 || i >= 2000;
    int confirmed = confirmedAt(held(Duration.ofMinutes(2), 0.6), seldomThenAlways);
    long before = IntStream.range(confirmed - 1200, 2000).filter(seldomThenAlways).count();
    assertThat((before + confirmed - 2000) / 1200.0).isBetween(0.59, 0.61);
  }
}
