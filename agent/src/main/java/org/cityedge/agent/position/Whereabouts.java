package org.cityedge.agent.position;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.cityedge.drivers.position.Plausible;
import org.cityedge.drivers.position.PositionConfig;
import org.cityedge.drivers.position.Report;
import org.jspecify.annotations.Nullable;

/**
 * Knows where the gateway is, and where it was in the last {@value #MOST} seconds: an alert is
 * confirmed after its onset, and a vehicle has gone on by then. Safe for use by several threads.
 */
public final class Whereabouts {
  /** Positions that are kept, one a second at most: as long as a rule holds back, and more. */
  static final int MOST = 900;

  /** At 60 km/h a vehicle goes 170 m in this time. */
  static final Duration FRESH = Duration.ofSeconds(10);

  private static final long SPACING_NANOS = Duration.ofMillis(900).toNanos();

  private volatile Optional<PositionConfig> config;
  private final LongSupplier nanos;

  // Guarded by this.
  private Plausible plausible;
  private final Deque<Report.Fix> past = new ArrayDeque<>();
  private Report.@Nullable Fix newest;
  private @Nullable Report told;

  /** How the source of the position is. */
  public enum State {
    /** Nothing heard yet. */
    INIT,
    FIX,
    /** The receiver works and does not know where it is. */
    NO_FIX,
    /** There is no receiver to ask. */
    DOWN
  }

  /**
   * @param detail why there is no fix, fit for a log
   * @param refused positions refused as jumps since the start
   */
  public record Status(
      PositionConfig.Source source,
      State state,
      Optional<Place> place,
      Optional<String> detail,
      long refused) {}

  /**
   * @param config empty when the gateway does not know its position by itself
   * @param nanos monotonic clock, the one that reports are stamped with
   */
  public Whereabouts(Optional<PositionConfig> config, LongSupplier nanos) {
    this.config = config;
    this.nanos = nanos;
    this.plausible = plausible(config);
  }

  private static Plausible plausible(Optional<PositionConfig> config) {
    return new Plausible(
        config.orElse(null) instanceof PositionConfig.Mobile m
            ? m.track().maxSpeed()
            : Double.MAX_VALUE);
  }

  /** Goes on with these settings; what another source has told before is forgotten. */
  public synchronized void follow(Optional<PositionConfig> next) {
    boolean same = config.flatMap(before -> next.map(before::isSameSourceAs)).orElse(false);
    config = next;
    plausible = plausible(next);
    if (!same) {
      past.clear();
      newest = null;
      told = null;
    }
  }

  /** Takes a report, on the receiver's thread; the position in it when that is believed. */
  public synchronized Optional<Report.Fix> accept(Report report) {
    told = report;
    if (!(report instanceof Report.Fix fix) || !plausible.accept(fix)) {
      return Optional.empty();
    }
    newest = fix;
    if (past.isEmpty() || fix.nanos() - past.getLast().nanos() >= SPACING_NANOS) {
      if (past.size() == MOST) {
        past.removeFirst();
      }
      past.addLast(fix);
    }
    return Optional.of(fix);
  }

  /**
   * Where the gateway was: the last position before that moment, or the first one after it when
   * there is none. Empty when there never was one.
   */
  public Optional<Place> at(long moment) {
    return switch (config.orElse(null)) {
      case null -> Optional.empty();
      case PositionConfig.Fixed f -> Optional.of(fixed(f));
      case PositionConfig.Mobile m -> before(moment).map(fix -> place(m, fix, moment));
    };
  }

  private synchronized Optional<Report.Fix> before(long moment) {
    if (newest != null && newest.nanos() - moment <= 0) {
      return Optional.of(newest);
    }
    Report.@Nullable Fix found = past.peekFirst();
    for (Report.Fix fix : past) {
      if (fix.nanos() - moment > 0) {
        break;
      }
      found = fix;
    }
    return Optional.ofNullable(found);
  }

  /** Empty when the configuration names no source. */
  public Optional<Status> status() {
    long now = nanos.getAsLong();
    return config.map(c -> status(c, at(now)));
  }

  private synchronized Status status(PositionConfig source, Optional<Place> place) {
    State state =
        source instanceof PositionConfig.Fixed
            ? State.FIX
            : switch (told) {
              case null -> State.INIT;
              case Report.Fix _ -> State.FIX;
              case Report.NoFix _ -> State.NO_FIX;
              case Report.Down _ -> State.DOWN;
            };
    Optional<String> detail =
        switch (told) {
          case Report.NoFix(String why, long _) -> Optional.of(why);
          case Report.Down down -> Optional.of(down.fault().detail());
          case null, default -> Optional.empty();
        };
    return new Status(source.source(), state, place, detail, plausible.refused());
  }

  private static Place fixed(PositionConfig.Fixed fixed) {
    return new Place(
        fixed.lat(),
        fixed.lon(),
        OptionalDouble.of(fixed.accuracyM()),
        fixed.source(),
        Duration.ZERO,
        false,
        false);
  }

  private static Place place(PositionConfig.Mobile source, Report.Fix fix, long moment) {
    Duration age = Duration.ofNanos(moment - fix.nanos()).abs();
    return new Place(
        fix.lat(),
        fix.lon(),
        fix.accuracyM(),
        source.source(),
        age,
        age.compareTo(FRESH) > 0,
        fix.simulated());
  }
}
