package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.ClockSteps;
import org.cityedge.agent.audit.ProcessAudit;
import org.cityedge.agent.care.ServiceManager;
import org.cityedge.agent.care.UncleanEnds;
import org.cityedge.agent.remote.ByHand;
import org.cityedge.agent.remote.DryRun;
import org.cityedge.agent.remote.Judge;
import org.cityedge.agent.remote.KeyWatch;
import org.cityedge.agent.remote.OrderAudit;
import org.cityedge.agent.remote.Orders;
import org.cityedge.agent.remote.Probation;
import org.cityedge.agent.remote.Probation.Step;
import org.cityedge.agent.remote.Reports;
import org.cityedge.agent.remote.Steering;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.agent.uplink.RestartBudget;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Deployment;
import org.cityedge.config.Deployment.Document;
import org.cityedge.config.Deployment.Opened;
import org.cityedge.config.Deployment.Plan;
import org.cityedge.config.Order;
import org.cityedge.config.SignedConfig.Verdict;
import org.cityedge.config.Standing;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process: runs one {@link Gateway} after the other, each with the configuration that holds,
 * and follows signed orders (config.md §3).
 *
 * <pre>
 *   order ─► judged ─► dry run ─► staged ─► what differs restarted ─► on trial ─┬─► committed
 *                                                                               └─► last-known-good
 * </pre>
 *
 * An equal configuration restarts nothing. While an order is on trial the next ones wait. Each step
 * and its result leaves as a stored event on {@code G/config/reported}, from the configuration that
 * runs then. Confined to the thread that calls {@link #run}, but for {@link #stop} and what other
 * threads submit to {@link Orders}.
 */
public final class Agent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /** How often the clock's trust and a full disk are looked at. */
  private static final Duration TICK = Duration.ofSeconds(1);

  /** Until an order that did not fit on the disk is tried again. */
  private static final Duration RETRY = Duration.ofSeconds(60);

  /** In the run folder while the system that the agent belongs to is on trial (decision 016). */
  static final String ON_TRIAL = "on-trial";

  private static final String CLOCK_RIGHT = "the clock is right now: ";

  /** How {@link #run} ended. */
  public enum End {
    STOPPED,
    /** The process is to be started again. */
    RESTART
  }

  private record Restart(String actor, String reason) {}

  /** A way back that was asked for. */
  private record Back(int versions, String detail) {
    /** To the factory document. */
    static final int ALL = Integer.MAX_VALUE;
  }

  private final Path data;
  private final Path onTrial;
  private final Deployment deployment;
  private final TrustedKeys keys;
  private final Orders orders = new Orders();
  private final ByHand byHand;
  private final UncleanEnds ends;
  private final ServiceManager manager = ServiceManager.of(System.getenv(), System::nanoTime);
  private final Audit audit;
  private final ProcessAudit process;
  private final Duration retry;
  private final Supplier<String> clockSource;
  private final Reports reports;
  private final Judge judge;
  private final KeyWatch keyWatch;
  private final ClockSteps clockSteps;
  private final Documents documents;
  private final RunningGateway running;

  private @Nullable Trial trial;
  private long clockRetryAt = System.nanoTime();

  /** An order that did not fit on the disk. */
  private final Postponed<byte[]> unstored;

  /** What is judged is not a push but our own try of {@link #unstored}. */
  private boolean retrying;

  private volatile Optional<Restart> restart = Optional.empty();
  private final AtomicReference<@Nullable Back> back = new AtomicReference<>();

  /** A way back. */
  private final Postponed<Back> postponed;

  private Agent(
      Path factory,
      Path data,
      Path run,
      Deployment deployment,
      Duration retry,
      Supplier<String> clockSource) {
    this.retry = retry;
    this.unstored = new Postponed<>(retry, System::nanoTime);
    this.postponed = new Postponed<>(retry, System::nanoTime);
    this.clockSource = clockSource;
    this.data = data;
    this.onTrial = run.resolve(ON_TRIAL);
    this.deployment = deployment;
    this.keys = new TrustedKeys(data);
    this.byHand = new ByHand(data);
    this.ends = UncleanEnds.in(data, Health::clockWasSet);
    this.audit = new Audit(data, InstantSource.system(), clockSource);
    this.process = new ProcessAudit(audit, RestartBudget.machineBoot());
    OrderAudit orderAudit = new OrderAudit(audit);
    this.keyWatch = new KeyWatch(keys, audit);
    this.reports = new Reports(deployment, keys, byHand, orderAudit, new Speaker());
    this.judge =
        new Judge(
            deployment,
            keys,
            keyWatch,
            orderAudit,
            reports,
            this::clockTrusted,
            InstantSource.system(),
            data);
    this.clockSteps = new ClockSteps(audit);
    this.documents = new Documents(factory, data, deployment);
    this.running = new RunningGateway(data, run, () -> hooks(factory));
  }

  private Gateway.Hooks hooks(Path factory) {
    Optional<Consumer<Incoming>> desired =
        keys.provisioned() ? Optional.of(orders) : Optional.empty();
    return new Gateway.Hooks(
        factory,
        running::sequence,
        desired,
        this::reportAgain,
        () -> endForRestart("", "restart, the uplink's last cure"),
        audit,
        new Commanded());
  }

  /**
   * Takes the data folder; decides and starts nothing.
   *
   * @param factory the factory document, which runs until an order is committed
   * @throws ConfigException when the factory document has problems and nothing else was ever kept;
   *     nothing was made then
   * @throws IOException when the data folder cannot be used
   */
  public static Agent open(Path factory, Path data, Path run) throws ConfigException, IOException {
    return open(factory, data, run, RETRY, () -> Health.clock().source());
  }

  /**
   * As {@link #open(Path, Path, Path)}.
   *
   * @param retry until an order that did not fit on the disk is tried again
   * @param clockSource who vouches for the wall clock; any thread
   */
  static Agent open(Path factory, Path data, Path run, Duration retry, Supplier<String> clockSource)
      throws ConfigException, IOException {
    Path versions = data.resolve("config");
    if (Files.notExists(versions)) {
      GatewayConfig.load(factory, data);
    }
    return new Agent(
        factory,
        data,
        run,
        Deployment.open(versions, RestartBudget.machineBoot()),
        retry,
        clockSource);
  }

  /**
   * Runs until {@link #stop}, or until the gateway wants its process started again.
   *
   * @throws ConfigException when there is nothing but a factory document with problems
   * @throws IOException when the data folder or the store cannot be used
   */
  public End run() throws ConfigException, IOException, InterruptedException {
    ends.started();
    process.start(Version.agent());
    keyWatch.look();
    follow(deployment.recover(this::mustReadOnTrial));
    tell(List.of());
    manager.ready();
    while (!orders.ended()) {
      manager.status(running.gateway().summary());
      manager.alive(running.gateway().stuck());
      if (trial == null) {
        orders.await(TICK.toNanos());
        takeOrders();
      } else {
        orders.awaitEnd(trial.probation.period().toNanos());
        lookAtGate();
      }
      goBackWhenAsked();
      judgeTimesAgain();
      if (!deployment.hold()) {
        endForRestart("", "another process has changed the versions");
      }
      clockSteps.look(System.currentTimeMillis(), System.nanoTime(), clockSource.get());
      keyWatch.look();
      ends.date();
    }
    Optional<Restart> again = restart;
    process.stop(
        again.map(Restart::actor).orElse(""),
        again.map(Restart::reason).orElse("stopped in order"));
    return again.isPresent() ? End.RESTART : End.STOPPED;
  }

  /** Any thread; returns at once. */
  public void stop() {
    manager.stopping();
    orders.end();
  }

  @Override
  public void close() throws IOException {
    running.close();
    deployment.close();
    ends.ended();
    manager.close();
  }

  // What runs

  private void follow(Plan plan) throws ConfigException, IOException, InterruptedException {
    sayWhatIsUnread(plan);
    if (plan.trial().isPresent()) {
      follow(plan.trial().get(), plan.good());
    } else if (plan.good().isPresent()) {
      Document document = plan.good().get();
      Opened<GatewayConfig> opened;
      try {
        opened = documents.open(document);
      } catch (ConfigException e) {
        if (Files.exists(onTrial)) {
          throw unreadOnTrial("last-known-good", document, e);
        }
        LOG.error("Last-known-good cannot be read by this agent; an earlier one runs instead.", e);
        follow(deployment.giveUp(document.version()));
        return;
      }
      running.change(opened.config(), Optional.of(document.version()));
    } else {
      running.change(documents.factory(), Optional.empty());
    }
  }

  private void sayWhatIsUnread(Plan plan) {
    Standing standing = deployment.standing();
    if (plan.trial().isEmpty() && standing.attempt().isPresent()) {
      LOG.error(
          "The order on trial cannot be read now; it is tried at the next start that can. seq={}",
          standing.attempt().get().version().sequence());
    }
    Optional<Standing.Version> runs = plan.good().map(Document::version);
    if (!runs.equals(standing.good())) {
      LOG.error(
          "Last-known-good cannot be read now; what was before it runs until a start that can. good={} runs={}",
          standing.good().map(Standing.Version::sequence).orElse(0L),
          runs.map(Standing.Version::sequence).orElse(0L));
    }
  }

  /** Before the start counts: an agent that may be gone soon condemns no order. */
  private void mustReadOnTrial(Document document) throws IOException {
    if (Files.exists(onTrial)) {
      try {
        Opened<GatewayConfig> _ = documents.open(document);
      } catch (ConfigException e) {
        throw unreadOnTrial("the order on trial", document, e);
      }
    }
  }

  /** Without an agent the system's trial fails, and the one before it finds all as it left it. */
  private static IOException unreadOnTrial(String what, Document document, ConfigException cause) {
    return new IOException(
        "this system is on trial and its agent cannot read %s, sequence %d: %s"
            .formatted(what, document.version().sequence(), cause.getMessage()),
        cause);
  }

  private void follow(Document document, Optional<Document> good)
      throws ConfigException, IOException, InterruptedException {
    // From here on: the deadline is for the change as well.
    long began = System.nanoTime();
    Optional<GatewayConfig> lastGood = documents.good(good);
    Opened<GatewayConfig> opened;
    try {
      opened = documents.open(document);
      GatewayConfig asked = opened.config();
      running.change(lastGood.map(asked::sparing).orElse(asked), Optional.of(document.version()));
    } catch (ConfigException | IOException | RuntimeException e) {
      LOG.error("An order cannot be run. seq={}", document.version().sequence(), e);
      running.end();
      follow(deployment.rollBack("HEALTH_START", "it does not start: " + e.getMessage()));
      return;
    }
    Probation probation = new Probation(opened.order().gate(), began);
    trial = new Trial(document, opened.config(), probation, lastGood);
    LOG.info(
        "An order is on trial. seq={} deadlineSeconds={}",
        document.version().sequence(),
        opened.order().gate().deadline().toSeconds());
  }

  private void endForRestart(String actor, String reason) {
    restart = Optional.of(new Restart(actor, reason));
    orders.end();
  }

  /** Called on the inbox's thread. */
  private final class Commanded implements Steering {
    @Override
    public void restart(String actor) {
      LOG.warn("The process is to be started again, by command of {}.", actor);
      endForRestart(actor, "restart, by command");
    }

    @Override
    public Optional<String> goBack(int versions, String actor) {
      int most = versionsBefore();
      if (deployment.standing().attempt().isEmpty() && versions > most) {
        return Optional.of(
            most == 0
                ? "the factory document is active, there is nothing before it"
                : "there are 1..%d versions to go back, was %d".formatted(most, versions));
      }
      back.set(new Back(versions, "by command of " + actor));
      return Optional.empty();
    }

    @Override
    public void goBackToFactory(String actor) {
      back.set(new Back(Back.ALL, actor));
    }

    @Override
    public byte[] reported() {
      return reports.last();
    }
  }

  // Orders

  private void takeOrders() throws ConfigException, IOException, InterruptedException {
    List<byte[]> waiting = new ArrayList<>(orders.take());
    byHand.order().ifPresent(waiting::add);
    if (waiting.isEmpty() && !unstored.isDue()) {
      return;
    }
    retrying = waiting.isEmpty();
    // With others as well: what comes meanwhile may be of no use.
    unstored.take().ifPresent(waiting::add);
    Optional<Judge.Chosen> chosen = judge.newest(waiting, running.config().gateway());
    if (chosen.isPresent()) {
      apply(chosen.get().signed(), chosen.get().accepted(), chosen.get().epoch());
    }
  }

  private void apply(byte[] signed, Verdict.Accepted<GatewayConfig> accepted, int epoch)
      throws ConfigException, IOException, InterruptedException {
    Order order = accepted.order();
    List<String> warnings = DryRun.of(running.config(), accepted.config(), data);
    if (!warnings.isEmpty() && order.gate().strict()) {
      reports.refusedByDryRun(order, warnings);
      return;
    }
    LOG.info(
        "An order is applied. seq={} by={} reason=\"{}\" warnings={}",
        order.sequence(),
        order.by(),
        order.reason(),
        warnings.size());
    Document document;
    try {
      document = store("an order", retrying, () -> deployment.begin(signed, accepted, epoch));
    } catch (IOException e) {
      LOG.error("An order cannot be stored; it is tried again in {} s.", retry.toSeconds(), e);
      unstored.keep(signed);
      if (!retrying) {
        reports.refused(
            signed, order.sequence(), "STORAGE", "cannot be stored: " + e.getMessage(), List.of());
      }
      return;
    }
    reports.followed();
    follow(document, deployment.goodDocument());
    tell(warnings);
  }

  /** What is kept on the disk. */
  private interface Storing<T> {
    T store() throws IOException;
  }

  /** Row 10: evidence goes first, but once only: a disk may refuse for another reason. */
  private <T> T store(String what, boolean again, Storing<T> storing) throws IOException {
    try {
      return storing.store();
    } catch (IOException e) {
      if (again) {
        throw e;
      }
      long freed = running.gateway().freeRoom();
      LOG.warn("The disk refuses {}; oldest evidence was dropped. freedBytes={}", what, freed, e);
      return storing.store();
    }
  }

  // The gate

  private void lookAtGate() throws ConfigException, IOException, InterruptedException {
    Trial now = Objects.requireNonNull(trial);
    if (now.probe.isEmpty()) {
      now.probe = reportTrial(now);
    }
    // Passed is passed, also where the disk keeps the commit waiting beyond the deadline.
    Step step =
        now.commitAt.isPresent()
            ? new Step.Commit()
            : now.probation.check(
                running.gateway().vitals(now.probe), System.nanoTime(), () -> lastGoodAnswers(now));
    switch (step) {
      case Step.Wait _ -> {}
      case Step.Commit _ -> {
        boolean again = now.commitAt.isPresent();
        if (again && System.nanoTime() - now.commitAt.getAsLong() < 0) {
          return;
        }
        try {
          boolean _ = store("a commit", again, this::commit);
        } catch (IOException e) {
          LOG.error(
              "The commit cannot be written; it is tried again in {} s.", retry.toSeconds(), e);
          now.commitAt = OptionalLong.of(System.nanoTime() + retry.toNanos());
          return;
        }
        LOG.info("An order is committed. seq={}", now.document.version().sequence());
        trial = null;
        if (running.config().equals(now.config)) {
          running.is(deployment.standing().good());
        } else {
          // From here on what it keeps less of may go.
          running.change(now.config, deployment.standing().good());
        }
        tell(now.warnings);
      }
      case Step.RollBack(String code, String detail) -> goBack(code, detail);
    }
  }

  private boolean commit() throws IOException {
    deployment.commit("");
    return true;
  }

  private void goBack(String code, String detail)
      throws ConfigException, IOException, InterruptedException {
    LOG.warn("An order is rolled back. code={} detail=\"{}\"", code, detail);
    trial = null;
    follow(deployment.rollBack(code, detail));
    tell(List.of());
  }

  /** {@code cityedge config rollback} beside the running agent, or the command. */
  private void goBackWhenAsked() throws ConfigException, IOException, InterruptedException {
    OptionalInt here = byHand.back();
    Back asked = here.isPresent() ? new Back(here.getAsInt(), ByHand.DETAIL) : back.getAndSet(null);
    boolean again = asked == null && postponed.isDue();
    if (asked == null && !again) {
      return;
    }
    // What is asked for now counts, and not what was before it.
    Optional<Back> before = postponed.take();
    if (asked == null) {
      asked = before.orElseThrow();
    }
    boolean all = asked.versions() == Back.ALL;
    // Also one that waits for a start that can read it: what is asked for is to be rid of it.
    if (deployment.standing().attempt().isPresent()) {
      goBack(ByHand.ROLLBACK, asked.detail());
      if (!all) {
        return;
      }
    }
    int versions = all ? versionsBefore() : asked.versions();
    if (all && versions == 0) {
      LOG.info("The factory document is active already.");
      return;
    }
    String detail = asked.detail();
    Plan plan;
    try {
      plan = store("a way back", again, () -> deployment.revert(versions, ByHand.ROLLBACK, detail));
    } catch (IllegalArgumentException | IOException e) {
      LOG.warn("The configuration cannot go back, {}.", detail, e);
      reports.answerByHand(ByHand.ROLLBACK, e.getMessage());
      if (e instanceof IOException && here.isEmpty()) {
        // Whoever asked from afar was told that it is done.
        postponed.keep(asked);
      }
      return;
    }
    LOG.warn("The configuration goes back, {}. versions={}", detail, versions);
    follow(plan);
    tell(List.of());
  }

  /** How many there are to go back to, the factory document among them. */
  private int versionsBefore() {
    Standing now = deployment.standing();
    return now.good().isEmpty() ? 0 : now.earlier().size() + 1;
  }

  private boolean lastGoodAnswers(Trial now) {
    return now.lastGood.map(config -> LastGood.answers(config, data)).orElse(true);
  }

  /** Row 6: what was accepted on a clock that nobody vouched for. */
  private void judgeTimesAgain() throws ConfigException, IOException, InterruptedException {
    Optional<Standing.Version> version = running.version().filter(Standing.Version::clockUntrusted);
    if (version.isEmpty() || !clockTrusted() || System.nanoTime() - clockRetryAt < 0) {
      return;
    }
    if (trial == null && !version.equals(deployment.standing().good())) {
      // It runs in the place of one that cannot be read, and nothing is written of that one.
      return;
    }
    Optional<Document> document =
        trial != null
            ? Optional.of(trial.document)
            : deployment.goodDocument().filter(good -> version.get().equals(good.version()));
    if (document.isEmpty()) {
      // What cannot be read is not judged.
      clockRetryAt = System.nanoTime() + retry.toNanos();
      return;
    }
    Optional<Verdict.Refused<Void>> untimely = Optional.empty();
    Optional<Plan> back = Optional.empty();
    try {
      untimely = judge.untimely(document.get());
      if (trial == null && untimely.isEmpty()) {
        deployment.trustClock();
        running.is(deployment.standing().good());
      } else if (trial == null) {
        Verdict.Refused<Void> why = untimely.get();
        back = Optional.of(deployment.revert(1, why.code().name(), CLOCK_RIGHT + why.detail()));
      }
    } catch (IOException e) {
      clockRetryAt = System.nanoTime() + retry.toNanos();
      LOG.error("What the clock says of the order cannot be told; it is tried again.", e);
      return;
    }
    if (trial != null && untimely.isPresent()) {
      goBack(untimely.get().code().name(), CLOCK_RIGHT + untimely.get().detail());
    } else if (back.isPresent()) {
      follow(back.get());
      tell(List.of());
    }
  }

  private boolean clockTrusted() {
    return !clockSource.get().equals("none");
  }

  // Reports

  /** Tells the outcomes that nobody was told yet, and what is on trial. */
  private void tell(List<String> warnings) {
    reports.tell(warnings);
    if (trial != null) {
      trial.warnings = warnings;
      trial.probe = reportTrial(trial);
    }
  }

  private OptionalLong reportTrial(Trial now) {
    return reports.onTrial(now.document.version(), now.warnings);
  }

  private final class Speaker implements Reports.Speaker {
    @Override
    public Optional<Standing.Version> active() {
      return trial == null ? running.version() : deployment.standing().good();
    }

    @Override
    public OptionalLong say(byte[] report) {
      return running.gateway().report(report);
    }

    @Override
    public void sayLater() {
      running.gateway().reportLater();
    }
  }

  /** As it was said last; on the publisher's thread. */
  private boolean reportAgain(Gateway gateway) {
    return reports.sayAgain(report -> gateway.report(report).isPresent());
  }
}
