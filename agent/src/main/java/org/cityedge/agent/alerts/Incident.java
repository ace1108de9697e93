package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.cityedge.agent.alerts.Confirmation.Change;
import org.jspecify.annotations.Nullable;

/**
 * What happens in one place: the rules that see it, and the one alert that they share. Without
 * {@code incident:} in the configuration a rule is its own.
 *
 * <pre>
 *   first rule confirmed ─► raised ──another rule──► joined (certainty, severity)
 *      ▲    within the          │ all its rules unseen
 *      └─── cool-down: reopened ◄─┴► cleared
 * </pre>
 *
 * What comes and goes more than {@value #MAX_OPENINGS} times an hour stays open until it has been
 * quiet for its cool-down, so that a loose contact is one alert and not a hundred, and is never
 * silenced.
 *
 * <p>A made-up witness joins no real alert and keeps none open; a real one ends a test.
 *
 * <p>Decides only; the {@link AlertTracker} writes and stores, and holds this incident's lock.
 * Times are monotonic nanoseconds.
 */
final class Incident {
  /** Openings within an hour, beyond which the incident counts as flapping (video.md §2.3). */
  static final int MAX_OPENINGS = 4;

  /** Times that the centre is told again of what it has not accepted (wire.md §4). */
  static final int MAX_ESCALATIONS = 3;

  private static final long HOUR = Duration.ofHours(1).toNanos();

  /** CAP has no rate limit; an open alert that goes on tells so once a minute (video.md §2.3). */
  private static final long KEEP_ALIVE = Duration.ofSeconds(60).toNanos();

  /** Between two updates at least this, however fast a crowd grows. */
  private static final long QUIET = Duration.ofSeconds(10).toNanos();

  /** What is to be said. */
  enum Step {
    NOTHING,
    /** A test that is open ends with it. */
    RAISE,
    REOPEN,
    JOIN,
    UPDATE,
    CLEAR,
    EXPIRE,
    ESCALATE,
    /** What the centre called nothing is gone: what comes now is told again. */
    UNMUTE
  }

  final String id;
  final List<Watch> watches;

  /** The open alert, as last published. */
  @Nullable Alert alert;

  /** Cleared less than the cool-down ago; what comes back until then is the same alert. */
  @Nullable Alert past;

  /** When one of its sources was looked at last. */
  long lookedAt;

  /**
   * A newer configuration has put another in its place, or none: nothing may come of it any more.
   */
  boolean gone;

  /** Who has taken up its open alert. */
  @Nullable Incident heir;

  private Watch lead;

  /** Rules that have seen what its alert tells of, since that was raised. */
  private final Set<String> joined = new HashSet<>();
  private final Deque<Long> openings = new ArrayDeque<>();
  private final long coolDown;
  private Duration acceptWithin;
  private long pastAt;
  private boolean quietening;
  private long quietAt;
  private boolean muted;
  private long askedAt;

  // As last published.
  private long publishedAt;
  private double publishedConfidence;
  private double publishedAmount;

  /**
   * @param rules at least one; the first says how long the cool-down is
   * @param acceptWithin how long the centre may take to accept; zero never escalates
   * @param now monotonic nanoseconds
   */
  Incident(String id, List<Rule> rules, Duration acceptWithin, long now) {
    this.id = id;
    this.watches = rules.stream().map(rule -> new Watch(rule, now)).toList();
    this.lead = watches.getFirst();
    this.coolDown = lead.rule.head().coolDown().toNanos();
    this.acceptWithin = acceptWithin;
  }

  /** Whether it is what a configuration says. */
  boolean isOf(List<Rule> rules) {
    return watches.stream().map(w -> w.rule).toList().equals(rules);
  }

  /** How long the centre may take to accept, from now on. */
  void acceptWithin(Duration time) {
    acceptWithin = time;
  }

  /**
   * Takes up the alert that was open before a restart or another configuration, if a rule that saw
   * it is still there and it has no other alert.
   *
   * @return whether it does
   */
  boolean resume(Alert open, long now) {
    Set<String> rules = open.why().rules();
    List<Watch> saw = watches.stream().filter(w -> rules.contains(w.rule.head().id())).toList();
    if (alert != null || saw.isEmpty()) {
      return false;
    }
    alert = open;
    askedAt = now;
    joined.addAll(rules);
    lead =
        saw.stream()
            .filter(w -> w.rule.head().id().equals(open.why().rule()))
            .findFirst()
            .orElse(saw.getFirst());
    saw.forEach(watch -> watch.resume(open, now, watch == lead));
    return true;
  }

  /** Whether one of its rules is that. */
  boolean holds(String rule) {
    return watches.stream().anyMatch(w -> w.rule.head().id().equals(rule));
  }

  /** Its sources start only now. */
  void start() {
    for (Watch watch : watches) {
      if (watch.life != null) {
        watch.life.start();
      }
    }
  }

  /** Raised by hand: this rule is taken to have seen it. */
  void begins(Watch watch, long now) {
    lead = watch;
    joined.add(watch.rule.head().id());
    askedAt = now;
  }

  /** The rule that raised its alert, or the last one. */
  Watch lead() {
    return lead;
  }

  /** Rules that see right now what its alert tells of. */
  List<Watch> witnesses() {
    return watches.stream().filter(w -> w.isActive() && isWitness(w)).toList();
  }

  private boolean isWitness(Watch watch) {
    return joined.contains(watch.rule.head().id());
  }

  /** One of its rules has changed its mind, or looked again. */
  Step looked(Watch watch, Change change, boolean seen, long now) {
    return switch (change) {
      case CONFIRMED -> confirmed(watch, now);
      case CLEARED, LOST -> gone(watch, change, now);
      case NONE ->
          alert != null
                  && seen
                  && watch.isActive()
                  && isWitness(watch)
                  && isWorthAnUpdate(now)
              ? Step.UPDATE
              : Step.NOTHING;
    };
  }

  // What is made up must not pass for what was real, nor the other way round, nor hide it.
  private Step confirmed(Watch watch, long now) {
    if (muted && !isFirstReal(watch)) {
      return Step.NOTHING;
    }
    muted = false;
    String rule = watch.rule.head().id();
    if (alert != null && watch.simulated == alert.isTest()) {
      quietening = false;
      return joined.add(rule) ? Step.JOIN : Step.NOTHING;
    }
    if (alert != null && watch.simulated) {
      joined.remove(rule);
      return Step.NOTHING;
    }
    opened(now);
    askedAt = now;
    if (alert == null
        && past != null
        && now - pastAt < coolDown
        && watch.simulated == past.isTest()) {
      alert = past;
      past = null;
      joined.add(rule);
      return Step.REOPEN;
    }
    lead = watch;
    past = null;
    joined.clear();
    joined.add(rule);
    return Step.RAISE;
  }

  /** Whether all others that see something are made up. */
  private boolean isFirstReal(Watch watch) {
    return !watch.simulated
        && watches.stream().allMatch(w -> w == watch || w.simulated || !w.isActive());
  }

  private Step gone(Watch watch, Change change, long now) {
    if (alert == null) {
      boolean unmuted = muted && watches.stream().noneMatch(Watch::isActive);
      muted &= !unmuted;
      return unmuted ? Step.UNMUTE : Step.NOTHING;
    }
    if (!isWitness(watch) || !witnesses().isEmpty()) {
      return Step.NOTHING;
    }
    if (change == Change.CLEARED && isFlapping(now)) {
      quietening = true;
      quietAt = now + coolDown;
      return Step.NOTHING;
    }
    return change == Change.CLEARED ? Step.CLEAR : Step.EXPIRE;
  }

  /** Time passes. */
  Step tick(long now) {
    if (alert == null) {
      return Step.NOTHING;
    }
    if (quietening && now - quietAt >= 0) {
      return Step.CLEAR;
    }
    int told = alert.escalation() == null ? 0 : alert.escalation();
    if (acceptWithin.isPositive()
        && alert.handling() == null
        && !alert.severity().equals(Rule.Severity.MINOR.word())
        && told < MAX_ESCALATIONS
        && now - askedAt >= acceptWithin.toNanos()) {
      askedAt = now;
      return Step.ESCALATE;
    }
    return Step.NOTHING;
  }

  /** The centre says that there is nothing: nothing is raised until the rules see that as well. */
  void cancelled() {
    alert = null;
    past = null;
    quietening = false;
    muted = watches.stream().anyMatch(Watch::isActive);
  }

  /** The rules that still see what the centre called nothing; empty when it did not. */
  List<String> muted() {
    return muted ? seeing() : List.of();
  }

  /** The ids of the rules that see it right now. */
  List<String> seeing() {
    return watches.stream().filter(Watch::isActive).map(w -> w.rule.head().id()).toList();
  }

  /**
   * Takes up the centre's word from before a restart or another configuration.
   *
   * @param rules that saw what the centre called nothing
   * @return whether one of them is still there
   */
  boolean mute(List<String> rules, long now) {
    for (Watch watch : watches) {
      if (rules.contains(watch.rule.head().id())) {
        watch.resume(now);
        muted = true;
      }
    }
    return muted;
  }

  /** Whether it has come and gone too often of late. */
  boolean isFlapping(long now) {
    while (!openings.isEmpty() && now - openings.getFirst() >= HOUR) {
      openings.removeFirst();
    }
    return openings.size() > MAX_OPENINGS;
  }

  private void opened(long now) {
    openings.addLast(now);
    if (openings.size() > MAX_OPENINGS + 1) {
      openings.removeFirst();
    }
  }

  /** Noisy-or of independent witnesses (Pearl 1988): how sure they are together, 0..1. */
  double confidence() {
    double doubt = 1;
    for (Watch watch : watches) {
      if (isWitness(watch)) {
        doubt *= 1 - watch.confidence;
      }
    }
    return 1 - doubt;
  }

  /** Rules that found it as well, without the one that leads. */
  List<String> with() {
    return watches.stream()
        .map(w -> w.rule.head().id())
        .filter(rule -> joined.contains(rule) && !rule.equals(lead.rule.head().id()))
        .toList();
  }

  private boolean isWorthAnUpdate(long now) {
    long since = now - publishedAt;
    boolean grown =
        confidence() >= publishedConfidence + 0.15
            || Math.abs(lead.amount.orElse(0) - publishedAmount)
                >= Math.max(1, 0.25 * Math.abs(publishedAmount));
    return since >= KEEP_ALIVE || (grown && since >= QUIET);
  }

  /** A message is on its way. */
  void published(Alert message, long now) {
    if (message.isOver()) {
      past = message.state().equals("cleared") && !isClosed(message) ? message : null;
      pastAt = now;
      alert = null;
      quietening = false;
    } else {
      alert = message;
    }
    publishedAt = now;
    publishedConfidence = confidence();
    publishedAmount = lead.amount.orElse(0);
  }

  /** A message of an alert that is over; it may be the one that may still be reopened. */
  void toldPast(Alert message) {
    if (past != null && past.alertId().equals(message.alertId())) {
      past = message.state().equals("cleared") && !isClosed(message) ? message : null;
    }
  }

  /** A case that the centre has closed is not opened again; what comes back is a new one. */
  private static boolean isClosed(Alert alert) {
    return alert.handling() != null && alert.handling().state().equals("closed");
  }
}
