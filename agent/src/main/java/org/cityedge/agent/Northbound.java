package org.cityedge.agent;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.care.Progress;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Credentials;
import org.cityedge.agent.uplink.Inbox;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.agent.uplink.RestartBudget;
import org.cityedge.agent.uplink.StateDocument;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.UplinkConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's end of the line to the centre: the publisher of the brokers that are configured
 * now, and the inbox, which outlives each publisher, so that a command which waits is handled on
 * whatever brokers. Started, followed and closed by the gateway's thread; all else any thread.
 */
final class Northbound implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Northbound.class);

  /**
   * What it says and whom it tells.
   *
   * @param configSeq number of the active configuration, 0 for the factory document
   * @param reportAgain appends again the report of the configuration, on the publisher thread;
   *     false when it cannot be stored
   * @param onRestart called at most once, when the process is to be started again; must not wait
   */
  record Parts(
      EventStore store,
      CloudEvents cloudEvents,
      Announcements announcements,
      AlertTracker alerts,
      Credentials credentials,
      LongSupplier configSeq,
      BooleanSupplier reportAgain,
      Runnable onRestart) {}

  private final Parts parts;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final RestartBudget restarts;
  private final Inbox inbox;
  private final Progress progress;

  /** Written by the thread that starts and closes. */
  private volatile Publisher publisher;

  private volatile String leaving = "stopped";
  private volatile boolean restarting;

  /**
   * @param handlers by topic filter, on the inbox's thread
   * @param data where the number of restarts is kept
   * @param progress watches the threads
   */
  Northbound(
      UplinkConfig config,
      Parts parts,
      Map<String, Consumer<Incoming>> handlers,
      Path data,
      Progress progress,
      InstantSource clock,
      LongSupplier nanos) {
    this.parts = parts;
    this.clock = clock;
    this.nanos = nanos;
    this.restarts = RestartBudget.of(data.resolve("restarts"));
    this.progress = progress;
    this.inbox = new Inbox(handlers);
    this.publisher = publisher(config);
  }

  private Publisher publisher(UplinkConfig of) {
    return new Publisher(
        parts.store(),
        of,
        parts.credentials(),
        parts.cloudEvents(),
        new Publisher.Hooks(
            this::state, retained(), inbox, parts.alerts()::delivered, this::restart),
        clock,
        nanos,
        new SplittableRandom());
  }

  private StateDocument state() {
    return new StateDocument(
        Version.agent(),
        Optional.of(parts.announcements().catalog().sha256()),
        parts.configSeq().getAsLong());
  }

  /** What appends each document that a broker retains, by topic; false when the store refuses. */
  private Map<String, BooleanSupplier> retained() {
    Topics topics = parts.cloudEvents().topics();
    return Map.of(
        topics.alertActive(), this::listAlerts,
        topics.catalog(), parts.announcements()::describeAgain,
        topics.configReported(), parts.reportAgain());
  }

  /** The tracker itself tries again what the store refuses. */
  private boolean listAlerts() {
    parts.alerts().republishActive();
    return true;
  }

  /** The last cure; on the publisher's thread. */
  private boolean restart() {
    if (restarting || !restarts.take()) {
      return restarting;
    }
    LOG.warn("Every broker connects and none confirms; the process is to be started again.");
    restarting = true;
    parts.onRestart().run();
    return true;
  }

  void start() {
    inbox.start();
    progress.watch(Inbox.THREAD, inbox.turn());
    startPublisher();
  }

  private void startPublisher() {
    publisher.start();
    publisher.turns().forEach(progress::watch);
  }

  /** Another publisher where the brokers, or how they are spoken to, are others. */
  void follow(UplinkConfig before, UplinkConfig next) {
    if (!before.equals(next)) {
      publisher.stop("reconfiguring");
      publisher = publisher(next);
      startPublisher();
    }
  }

  /** The one that connects now. */
  Publisher publisher() {
    return publisher;
  }

  /** By command; what the store refuses is said later. */
  void sayAllAgain() {
    parts.alerts().republishActive();
    if (!parts.announcements().describeAgain()) {
      catalogLater();
    }
  }

  /** Has the catalogue appended again that could not be stored, once connected. */
  void catalogLater() {
    publisher.publishRetained(parts.cloudEvents().topics().catalog());
  }

  /** The same of the report of the configuration. */
  void reportLater() {
    publisher.publishRetained(parts.cloudEvents().topics().configReported());
  }

  /** Whether a report has its PUBACK. */
  boolean isDelivered(long report) {
    try {
      return parts.store().read(Lane.REPORT, report - 1, 1, 1).stream()
              .noneMatch(event -> event.sequence() == report)
          && !publisher.isRejected(report);
    } catch (UncheckedIOException e) {
      LOG.warn("The store cannot be asked for a report; it is asked again. sequence={}", report, e);
      return false;
    }
  }

  /** The reason that {@code G/state} gives, unless the process is to be started again. */
  void leaveFor(String reason) {
    leaving = reason;
  }

  /** The window settles within 5 s. */
  @Override
  public void close() {
    inbox.close();
    publisher.stop(restarting ? "restarting" : leaving);
  }
}
