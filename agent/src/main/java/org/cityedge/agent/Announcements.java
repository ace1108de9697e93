package org.cityedge.agent;

import java.time.InstantSource;
import java.util.OptionalLong;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.status.Catalog;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the gateway says of itself, as stored events of the report lane. Safe for all threads. */
final class Announcements {
  private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);

  private final EventStore store;
  private final CloudEvents cloudEvents;
  private final InstantSource clock;

  /** Held over the choice of a catalogue and its storing: a broker retains what is stored last. */
  private final Object describing = new Object();

  /** Written under {@code describing}. */
  private volatile Catalog catalog;

  /**
   * @param catalog true until another is described; nothing is stored yet
   */
  Announcements(EventStore store, CloudEvents cloudEvents, InstantSource clock, Catalog catalog) {
    this.store = store;
    this.cloudEvents = cloudEvents;
    this.clock = clock;
    this.catalog = catalog;
  }

  /** The one described last, whether or not it could be stored. */
  Catalog catalog() {
    return catalog;
  }

  /**
   * From here on another catalogue is true; it is stored if it says anything else.
   *
   * @return false when it cannot be stored
   */
  boolean describe(Catalog next) {
    synchronized (describing) {
      boolean isNew = !next.sha256().equals(catalog.sha256());
      catalog = next;
      return !isNew || describeAgain();
    }
  }

  /**
   * Stores the catalogue anew, for a broker that has none or an old one.
   *
   * @return false when it cannot be stored
   */
  boolean describeAgain() {
    synchronized (describing) {
      return store(catalog);
    }
  }

  private boolean store(Catalog catalog) {
    return sequence(
            "catalogue",
            append(
                cloudEvents.topics().catalog(),
                cloudEvents.newId(),
                "org.cityedge.catalog.v1",
                "catalog",
                catalog.json()))
        .isPresent();
  }

  /**
   * What {@code G/config/reported} is to say.
   *
   * @param report at most 8 KiB
   * @return its sequence; empty when it cannot be stored
   */
  OptionalLong configReported(byte[] report) {
    return sequence(
        "report",
        append(
            cloudEvents.topics().configReported(),
            cloudEvents.newId(),
            "org.cityedge.config.reported.v1",
            "config",
            report));
  }

  /**
   * The id follows from the record, so that one told twice counts once.
   *
   * @return false when it cannot be stored
   */
  boolean audit(AuditRecord record) {
    return !(append(
            cloudEvents.topics().audit(),
            "audit-" + record.sha256().substring(0, 32),
            "org.cityedge.audit.v1",
            "audit/" + record.entry().kind().word(),
            record.json())
        instanceof Append.Refused);
  }

  private Append append(String topic, String id, String type, String subject, byte[] json) {
    return store.append(
        cloudEvents.record(Lane.REPORT, topic, id, type, clock.instant(), subject, json));
  }

  private static OptionalLong sequence(String what, Append result) {
    return switch (result) {
      case Append.Stored(long sequence) -> OptionalLong.of(sequence);
      case Append.StoredAfterDropping(long sequence, var _) -> OptionalLong.of(sequence);
      case Append.Refused(String reason) -> {
        LOG.error("The {} cannot be stored. reason=\"{}\"", what, reason);
        yield OptionalLong.empty();
      }
    };
  }
}
