package org.cityedge.agent.care;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.drivers.linux.Errno;
import org.cityedge.drivers.linux.UnixDatagram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks sd_notify(3) to whoever started the process: {@code READY=1}, {@code STATUS=…}, {@code
 * WATCHDOG=1}, {@code STOPPING=1}. Without {@code NOTIFY_SOCKET} in the environment all of it does
 * nothing. Confined to one thread, but for {@link #stopping}.
 *
 * <p>{@code WATCHDOG=1} goes out only while every loop makes progress ({@link #alive}); with {@code
 * WatchdogSec=} in the unit the manager ends a process that has fallen silent and starts it again.
 */
public final class ServiceManager implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private final @Nullable UnixDatagram socket;
  private final Optional<Duration> watchdog;
  private final LongSupplier nanos;

  private boolean ready;
  private boolean fed;
  private long fedAt;
  private String status = "";
  private String stuck = "";
  private boolean failing;
  private boolean closed;

  private ServiceManager(
      @Nullable UnixDatagram socket, Optional<Duration> watchdog, LongSupplier nanos) {
    this.socket = socket;
    this.watchdog = watchdog;
    this.nanos = nanos;
  }

  /**
   * As the environment says: {@code NOTIFY_SOCKET}, and for this process {@code WATCHDOG_USEC}.
   *
   * @param nanos monotonic clock, {@link System#nanoTime}
   */
  public static ServiceManager of(Map<String, String> environment, LongSupplier nanos) {
    String name = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (name.isEmpty()) {
      return new ServiceManager(null, Optional.empty(), nanos);
    }
    try {
      return new ServiceManager(UnixDatagram.open(name), watchdog(environment), nanos);
    } catch (Errno | IllegalArgumentException e) {
      LOG.warn("The service manager cannot be told anything. socket={}", name, e);
      return new ServiceManager(null, Optional.empty(), nanos);
    }
  }

  private static Optional<Duration> watchdog(Map<String, String> environment) {
    String mine = Long.toString(ProcessHandle.current().pid());
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    if (!micros.matches("[0-9]{1,15}")
        || !environment.getOrDefault("WATCHDOG_PID", mine).equals(mine)) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(1000 * Long.parseLong(micros)));
  }

  /** The first gateway is up; once. */
  public void ready() {
    if (!ready) {
      ready = true;
      send("READY=1");
    }
  }

  /**
   * One line for {@code systemctl status}; sent when it changes. While a part makes no progress,
   * that stands there instead.
   */
  public void status(String line) {
    if (stuck.isEmpty()) {
      tell(line);
    }
  }

  private void tell(String line) {
    if (!line.equals(status)) {
      status = line;
      send("STATUS=" + line.replace('\n', ' '));
    }
  }

  /**
   * A sign of life, three times in the watchdog's time; call it about once a second.
   *
   * @param hanging the loop that makes no progress; then nothing is sent
   */
  public void alive(Optional<String> hanging) {
    if (hanging.isPresent()) {
      if (!hanging.get().equals(stuck)) {
        stuck = hanging.get();
        LOG.error(
            "A part of the agent makes no progress; without it the service manager ends the process and starts it again. part={}",
            stuck);
        tell("stuck: " + stuck);
      }
      return;
    }
    if (!stuck.isEmpty()) {
      LOG.warn("The part goes on. part={}", stuck);
      stuck = "";
    }
    long now = nanos.getAsLong();
    if (watchdog.isPresent() && (!fed || now - fedAt >= watchdog.get().toNanos() / 3)) {
      fed = true;
      fedAt = now;
      send("WATCHDOG=1");
    }
  }

  /** An orderly stop has begun; any thread. */
  public void stopping() {
    send("STOPPING=1");
  }

  private synchronized void send(String message) {
    if (socket == null || closed) {
      return;
    }
    try {
      socket.send(message.getBytes(StandardCharsets.UTF_8));
      failing = false;
    } catch (Errno e) {
      if (!failing) {
        LOG.warn("The service manager does not take what it is told. message={}", message, e);
      }
      failing = true;
    }
  }

  @Override
  public synchronized void close() {
    if (socket != null && !closed) {
      closed = true;
      socket.close();
    }
  }
}
