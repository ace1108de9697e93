package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.cityedge.buffer.StoredEvent;
import org.jspecify.annotations.Nullable;

/**
 * Whether a broker retains what it should: the newest of each stored document that it keeps. It is
 * told all of them again where it has forgotten the gateway, or where another broker, or another
 * process of ours, was connected last; and one alone where an older one arrived after a newer one,
 * or where the store refused it.
 *
 * <p>Survives connections; confined to the publisher thread, but for {@link #ask}.
 */
final class Retained {
  /** Until a store that refused a document is asked again. */
  static final Duration RETRY = Duration.ofSeconds(60);

  private final LongSupplier nanos;
  private final Map<String, Document> documents = new HashMap<>();

  /** The one connected to last. */
  private @Nullable URI served;

  /**
   * @param documents appends each anew, by its topic; false when the store refuses it
   */
  Retained(Map<String, BooleanSupplier> documents, LongSupplier nanos) {
    this.nanos = nanos;
    documents.forEach((topic, append) -> this.documents.put(topic, new Document(append)));
  }

  private final class Document {
    private final BooleanSupplier append;
    private final AtomicBoolean owed = new AtomicBoolean();
    private long dueAt = nanos.getAsLong();

    /** The highest sequence that the broker confirmed. */
    private long newest;

    Document(BooleanSupplier append) {
      this.append = append;
    }

    void tellDue() {
      if (!owed.get() || nanos.getAsLong() - dueAt < 0) {
        return;
      }
      owed.set(false);
      boolean told = false;
      try {
        told = append.getAsBoolean();
      } finally {
        if (!told) {
          owed.set(true);
          dueAt = nanos.getAsLong() + RETRY.toNanos();
        }
      }
    }

    long untilDue(long max) {
      return owed.get() ? Math.clamp(dueAt - nanos.getAsLong(), 0, max) : max;
    }
  }

  /** That document is to be told again. Any thread. */
  void ask(String topic) {
    Document document = documents.get(topic);
    if (document != null) {
      document.owed.set(true);
    }
  }

  /**
   * CONNACK has come.
   *
   * @return whether this broker was connected to last and still has the session
   */
  boolean connected(URI broker, boolean sessionPresent) {
    boolean same = broker.equals(served);
    boolean remembers = same && sessionPresent;
    served = broker;
    for (Document document : documents.values()) {
      if (!same) {
        document.newest = 0;
      }
      if (!remembers) {
        document.owed.set(true);
      }
      document.dueAt = nanos.getAsLong();
    }
    return remembers;
  }

  /** The broker has confirmed an event. */
  void delivered(StoredEvent event) {
    Document document = documents.get(event.event().topic());
    if (document == null) {
      return;
    }
    if (event.sequence() < document.newest) {
      document.owed.set(true);
    }
    document.newest = Math.max(document.newest, event.sequence());
  }

  /** Tells again what is due; must not be called without a connection. */
  void tellDue() {
    documents.values().forEach(Document::tellDue);
  }

  /** In nanoseconds from now, at most {@code max}: when {@link #tellDue} has something to do. */
  long untilDue(long max) {
    long due = max;
    for (Document document : documents.values()) {
      due = document.untilDue(due);
    }
    return due;
  }
}
