package org.cityedge.agent.remote;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.cityedge.config.Deployment;
import org.cityedge.config.Order;
import org.cityedge.config.Problem;
import org.cityedge.config.Standing;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what becomes of orders: as a stored event on {@code G/config/reported}, into the audit, and
 * to whoever waits for it on the gateway itself. Of those that are refused or come again at most
 * {@value #MOST} are answered at once and one a minute after that; the audit counts the others.
 * Confined to the agent's thread, but for {@link #last} and {@link #sayAgain}.
 */
public final class Reports {
  /** Answers to what is not followed that may be given at once; then one a minute. */
  static final int MOST = 20;

  private static final Duration EACH = Duration.ofMinutes(1);
  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);

  /** The gateway that runs right now. */
  public interface Speaker {
    /** The configuration that is active while nothing is on trial; empty: the factory document. */
    Optional<Standing.Version> active();

    /** Stores it; its sequence, empty when it cannot be stored. */
    OptionalLong say(byte[] report);

    /** What could not be stored is to be {@linkplain Reports#sayAgain said again} later. */
    void sayLater();
  }

  private final Deployment deployment;
  private final TrustedKeys keys;
  private final ByHand byHand;
  private final OrderAudit audit;
  private final Speaker speaker;
  private final Refusals refusals = new Refusals();
  private final Turns turns;
  private long silent;
  private volatile byte[] said = {};

  /** Held over the choice of a report and its storing: a broker retains what is stored last. */
  private final Object saying = new Object();

  public Reports(
      Deployment deployment, TrustedKeys keys, ByHand byHand, OrderAudit audit, Speaker speaker) {
    this(deployment, keys, byHand, audit, speaker, System::nanoTime);
  }

  /**
   * @param nanos monotonic clock
   */
  Reports(
      Deployment deployment,
      TrustedKeys keys,
      ByHand byHand,
      OrderAudit audit,
      Speaker speaker,
      LongSupplier nanos) {
    this.deployment = deployment;
    this.keys = keys;
    this.byHand = byHand;
    this.audit = audit;
    this.speaker = speaker;
    this.turns = new Turns(MOST, EACH, nanos);
  }

  /** Tells the outcomes that nobody was told yet. */
  public void tell(List<String> warnings) {
    Standing standing = deployment.standing();
    Optional<Outcome> last = standing.last().filter(outcome -> !outcome.told());
    boolean earlier =
        standing.untold().stream().allMatch(outcome -> outcome(outcome, List.of()).isPresent());
    if (earlier && last.isPresent() && outcome(last.get(), warnings).isPresent()) {
      deployment.told();
    }
  }

  /**
   * An order is on trial.
   *
   * @return the report's sequence, whose PUBACK shows that the trial's connection delivers; empty
   *     when it cannot be stored
   */
  public OptionalLong onTrial(Standing.Version version, List<String> warnings) {
    return outcome(
        new Outcome(version.epoch(), version.sequence(), State.PROBATION, "", "", true), warnings);
  }

  /** An order that another overtook before it was applied (config.md §4 row 17). */
  void superseded(Order order, Order by) {
    boolean _ =
        outcome(
                new Outcome(
                    0,
                    order.sequence(),
                    State.SUPERSEDED,
                    "SUPERSEDED",
                    "sequence " + by.sequence() + " came before it was applied",
                    true),
                List.of())
            .isPresent();
  }

  /** An order that its dry run refuses. */
  public void refusedByDryRun(Order order, List<String> warnings) {
    LOG.warn("An order is refused by its dry run. seq={} found={}", order.sequence(), warnings);
    boolean _ =
        outcome(rejected(order.sequence(), "PRECHECK", warnings.getFirst()), warnings).isPresent();
  }

  /**
   * An order is not followed. One that comes again is answered again, but neither counted nor
   * audited a second time.
   *
   * @param sequence 0 when it is not known
   */
  public void refused(
      byte[] signed, long sequence, String code, @Nullable String detail, List<Problem> problems) {
    Outcome why = rejected(sequence, code, detail);
    byHand.answer(why);
    boolean isNew = refusals.add(signed, why);
    if (isNew) {
      audit.countRefused();
    }
    if (!mayAnswer()) {
      return;
    }
    if (isNew) {
      LOG.warn("An order is refused. seq={} code={} detail=\"{}\"", sequence, code, why.detail());
      audit.refused(signed, why);
    }
    boolean _ = say(Optional.of(why), problems, List.of()).isPresent();
  }

  /** A flood must not become one of reports, and of writing to the disk. */
  private boolean mayAnswer() {
    if (!turns.take()) {
      silent++;
      return false;
    }
    sumUp();
    return true;
  }

  private void sumUp() {
    if (silent > 0) {
      LOG.warn("A flood of orders. unanswered={}", silent);
      audit.flood(silent);
      silent = 0;
    }
  }

  /** An order is followed: from here on each refusal counts as new. */
  public void followed() {
    refusals.forget();
  }

  /** An order that was followed before has come again. */
  void repeated(long sequence) {
    Optional<Outcome> outcome = deployment.standing().outcome(sequence);
    outcome.ifPresent(byHand::answer);
    if (outcome.isEmpty() && !deployment.isTrying()) {
      answerByHand("STORAGE", "the disk does not give it back; a start that can read it tries it");
    }
    if (!mayAnswer()) {
      return;
    }
    LOG.info("The order came before; what is known of it is reported again.");
    boolean _ = say(outcome, List.of(), List.of()).isPresent();
  }

  /** What somebody asked for on the gateway itself is not done. */
  public void answerByHand(String code, @Nullable String detail) {
    byHand.answer(rejected(0, code, detail));
  }

  private static Outcome rejected(long sequence, String code, @Nullable String detail) {
    return new Outcome(0, sequence, State.REJECTED, code, String.valueOf(detail), true);
  }

  private OptionalLong outcome(Outcome outcome, List<String> warnings) {
    byHand.answer(outcome);
    sumUp();
    audit.outcome(outcome);
    return say(Optional.of(outcome), List.of(), warnings);
  }

  private OptionalLong say(
      Optional<Outcome> attempt, List<Problem> problems, List<String> warnings) {
    if (!keys.provisioned() && attempt.isEmpty()) {
      return OptionalLong.empty();
    }
    synchronized (saying) {
      said = new Report(speaker.active(), attempt, problems, warnings, audit.refused()).json();
      OptionalLong sequence = speaker.say(said);
      if (sequence.isEmpty()) {
        speaker.sayLater();
      }
      return sequence;
    }
  }

  /**
   * Says again what was said last, if there is anything to say to a broker that knows nothing of
   * this gateway. Any thread.
   *
   * @param storing takes a report; false when it cannot be stored
   * @return false when it cannot be stored
   */
  public boolean sayAgain(Predicate<byte[]> storing) {
    synchronized (saying) {
      boolean isWorthSaying = said.length > 0 || keys.provisioned();
      return !isWorthSaying || storing.test(last());
    }
  }

  /** As it was said last; any thread. */
  public byte[] last() {
    byte[] last = said;
    if (last.length > 0) {
      return last;
    }
    Standing standing = deployment.standing();
    return new Report(standing.good(), standing.last(), List.of(), List.of(), audit.refused())
        .json();
  }
}
