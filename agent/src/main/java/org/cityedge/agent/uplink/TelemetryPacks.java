package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.cityedge.agent.care.Turn;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers readings into SenML packs and appends them to the store: a pack is closed when it has
 * been open for the period, when the next reading would not fit into 32 KiB (before compression, so
 * that what leaves is never larger), or when made-up readings ({@link Quality#SIM}) and real ones
 * would mix, for the former never leave without {@code status: Test}.
 *
 * <p>{@link #add} may be called from any thread and waits for a commit when it closes a pack. What
 * the store refuses is kept, at most {@value #MAX_HELD} packs, and offered again with the next pack
 * or period; beyond that the oldest is given up and counted.
 */
public final class TelemetryPacks implements AutoCloseable {
  /** The group that every channel's readings travel in. */
  public static final String GROUP = "env";

  public static final Duration DEFAULT_PERIOD = Duration.ofSeconds(5);
  static final int MAX_HELD = 16;

  private static final Logger LOG = LoggerFactory.getLogger(TelemetryPacks.class);

  private final EventStore store;
  private final CloudEvents events;
  private final String group;
  private final LongSupplier nanos;
  private final Losses losses;
  private final int maxBytes;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Turn turn = new Turn();
  // Guarded by lock.
  private UplinkConfig.Telemetry config;
  private @Nullable SenMlPack open;
  private long openSince;
  private final Deque<Event> held = new ArrayDeque<>();
  private boolean refused;
  private boolean closed;
  private @Nullable Thread thread;

  /**
   * @param group the last level of the topic {@code G/telemetry/{group}}
   * @param nanos monotonic clock
   * @param losses of packs that are given up since the store refuses them
   */
  public TelemetryPacks(
      EventStore store,
      CloudEvents events,
      String group,
      UplinkConfig.Telemetry config,
      LongSupplier nanos,
      Losses losses) {
    this.store = store;
    this.events = events;
    this.group = group;
    this.config = config;
    this.nanos = nanos;
    this.losses = losses;
    this.maxBytes = events.topics().delivery(events.topics().telemetry(group)).maxBytes();
  }

  /** Begins to close packs by time, on a thread of its own. */
  public void start() {
    lock.lock();
    try {
      if (thread == null && !closed) {
        thread = Thread.ofVirtual().name("telemetry-packs").start(this::closeByTime);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Where the thread is that closes packs by time: at work while it appends. */
  public Turn turn() {
    return turn;
  }

  /** From the next reading on. */
  public void follow(UplinkConfig.Telemetry next) {
    lock.lock();
    try {
      if (!closed && !config.equals(next)) {
        flush();
        config = next;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  public void add(Reading reading) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (open != null && (mixes(open, reading) || !open.add(reading, maxBytes))) {
        flush();
      } else if (open != null) {
        return;
      }
      open = new SenMlPack(config.format(), events.topics().source() + ":", reading);
      openSince = nanos.getAsLong();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Appends what is open, and gives up what is refused now; any number of times. Readings that come
   * later are dropped.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      flush();
      if (!held.isEmpty()) {
        LOG.warn(
            "The last readings are lost: the store refuses them. group={} packs={}",
            group,
            held.size());
        giveUp(held.size());
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static boolean mixes(SenMlPack pack, Reading reading) {
    return (pack.firstQuality() == Quality.SIM) != (reading.quality() == Quality.SIM);
  }

  private void closeByTime() {
    lock.lock();
    try {
      while (!closed) {
        long due =
            open == null && held.isEmpty()
                ? Long.MAX_VALUE
                : config.period().toNanos() - (nanos.getAsLong() - openSince);
        if (due <= 0) {
          turn.begin();
          flush();
          turn.end();
          openSince = nanos.getAsLong();
        } else {
          changed.await(due, TimeUnit.NANOSECONDS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Appends the open pack and what was refused before, oldest first. */
  private void flush() {
    if (open != null) {
      boolean test = open.firstQuality() == Quality.SIM;
      held.add(events.telemetry(group, open.time(), test, open.packed(config.gzip())));
      open = null;
    }
    while (!held.isEmpty()) {
      switch (store.append(held.getFirst())) {
        case Append.Stored _, Append.StoredAfterDropping _ -> {
          held.removeFirst();
          refused = false;
        }
        case Append.Refused(String reason) -> {
          hold(reason);
          return;
        }
      }
    }
  }

  private void hold(String reason) {
    if (!refused) {
      refused = true;
      LOG.warn(
          "The store refuses telemetry; it is offered again. group={} reason={}", group, reason);
    }
    giveUp(held.size() - MAX_HELD);
  }

  /** The oldest so many. */
  private void giveUp(int count) {
    for (int i = 0; i < count; i++) {
      held.removeFirst();
    }
    if (count > 0) {
      losses.add("telemetry", Loss.Cause.STORE, count, nanos.getAsLong());
    }
  }
}
