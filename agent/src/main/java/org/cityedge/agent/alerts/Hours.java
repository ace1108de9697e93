package org.cityedge.agent.alerts;

import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.config.Section;

/**
 * When a rule may raise an alert, as {@code hours: ["mon-fri 22:00-06:00", "sat-sun 00:00-24:00"]}.
 * What ends before it begins goes on into the next day, which need not be named. An alert that is
 * open outlives its hours.
 *
 * @param spans at least one
 * @param zone the gateway's
 */
record Hours(List<Span> spans, ZoneId zone) {
  private static final int MINUTES_A_DAY = 24 * 60;
  private static final int MAX_SPANS = 16;
  private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
  private static final Pattern SPAN =
      Pattern.compile(
          "(?<first>[a-z]{3})(-(?<last>[a-z]{3}))? (?<from>[0-9]{2}:[0-9]{2})-(?<to>[0-9]{2}:[0-9]{2})");

  /**
   * Days of the week in a row, and a time of the day.
   *
   * @param first 0 is Monday
   * @param last may be before the first: the row goes over Sunday
   * @param from minute of the day, 0..1439
   * @param to minute of the day after the last one, 1..1440; of the next day when not after {@code
   *     from}
   */
  record Span(int first, int last, int from, int to) {
    private boolean holds(int day, int minute) {
      if (to > from) {
        return isDay(day) && minute >= from && minute < to;
      }
      return (isDay(day) && minute >= from) || (isDay((day + 6) % 7) && minute < to);
    }

    private boolean isDay(int day) {
      return first <= last ? day >= first && day <= last : day >= first || day <= last;
    }
  }

  Hours {
    spans = List.copyOf(spans);
  }

  /** Reads the key {@code hours}; empty when it is absent, or once a problem was recorded. */
  static Optional<Hours> read(Section section, ZoneId zone) {
    List<Span> spans = new ArrayList<>();
    for (String text : section.texts("hours")) {
      Optional<Span> span = span(text);
      if (span.isEmpty()) {
        section.problem(
            "hours",
            "must be days and times as \"mon-fri 22:00-06:00\", days mon tue wed thu fri sat sun,"
                + " times 00:00..24:00, was \""
                + text
                + "\"");
      }
      span.ifPresent(spans::add);
    }
    if (spans.size() > MAX_SPANS) {
      section.problem("hours", "must be at most " + MAX_SPANS + ", were " + spans.size());
    }
    return spans.isEmpty() ? Optional.empty() : Optional.of(new Hours(spans, zone));
  }

  private static Optional<Span> span(String text) {
    Matcher m = SPAN.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    int first = DAYS.indexOf(m.group("first"));
    int last = m.group("last") == null ? first : DAYS.indexOf(m.group("last"));
    int from = minute(m.group("from"));
    int to = minute(m.group("to"));
    boolean valid =
        first >= 0 && last >= 0 && from >= 0 && from < MINUTES_A_DAY && to > 0 && to != from;
    return valid ? Optional.of(new Span(first, last, from, to)) : Optional.empty();
  }

  /** -1 when there is no such time. */
  private static int minute(String time) {
    int hour = Integer.parseInt(time.substring(0, 2));
    int minute = Integer.parseInt(time.substring(3));
    int whole = hour * 60 + minute;
    return minute < 60 && whole <= MINUTES_A_DAY ? whole : -1;
  }

  boolean contains(Instant instant) {
    ZonedDateTime local = instant.atZone(zone);
    int day = local.getDayOfWeek().getValue() - 1;
    LocalTime time = local.toLocalTime();
    int minute = time.getHour() * 60 + time.getMinute();
    return spans.stream().anyMatch(span -> span.holds(day, minute));
  }
}
