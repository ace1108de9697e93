package org.cityedge.drivers.position;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.cityedge.drivers.Backoff;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.OwnThread;
import org.cityedge.drivers.linux.Errno;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to a gpsd or to a receiver's own sentences on a thread of its own, and goes on trying,
 * with back-off from 1 s to 60 s, when there is none. A receiver that says nothing for 10 s has no
 * fix; after 60 s the connection is made anew.
 */
public final class Receiver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Receiver.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);
  private static final long SILENT_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long DEAD_NANOS = Duration.ofSeconds(60).toNanos();

  private final PositionConfig.Mobile config;
  private final Clocks clocks;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Backoff backoff = new Backoff(FIRST_RETRY, LAST_RETRY, new SplittableRandom());

  private final OwnThread thread;

  // confined to the receiver's thread
  private Consumer<Report> sink = _ -> {};
  private String told = "";

  /** Does no I/O. */
  public Receiver(PositionConfig.Mobile config, Clocks clocks) {
    this.config = config;
    // The wait for a serial line is inside native code.
    this.thread = new OwnThread("the receiver", Thread.ofPlatform().name("position"));
    this.clocks = clocks;
  }

  /**
   * Once; returns at once.
   *
   * @param sink called on the receiver's thread, may block for a commit, must not throw
   */
  public void start(Consumer<Report> sink) {
    thread.start(
        () -> {
          this.sink = sink;
          run();
        });
  }

  /** Any number of times, also before {@link #start}; waits up to a connection's longest wait. */
  @Override
  public void close() {
    closed.countDown();
    thread.join();
  }

  private void run() {
    try {
      while (!isClosed()) {
        try (Connection connection = open()) {
          listen(connection);
        } catch (IOException e) {
          emit(new Report.Down(fault(e), clocks.nanos()));
        }
        boolean _ = closed.await(backoff.nextNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // not ours: whoever interrupts wants the thread to end
    }
  }

  private Connection open() throws IOException {
    return switch (config) {
      case PositionConfig.Gpsd gpsd -> new Connection.Tcp(gpsd);
      case PositionConfig.Nmea nmea -> new SerialLine(nmea);
    };
  }

  private Decoder decoder() {
    return switch (config) {
      case PositionConfig.Gpsd g -> new GpsdDecoder(g.device(), g.simulated(), clocks);
      case PositionConfig.Nmea n -> new NmeaDecoder(n.simulated(), clocks);
    };
  }

  /** Until the connection ends, fails, or is refused by its decoder. */
  private void listen(Connection connection) throws IOException {
    Decoder decoder = decoder();
    Lines lines = new Lines();
    byte[] buffer = new byte[4096];
    long heard = clocks.nanos();
    boolean silent = false;
    Heard reports = new Heard(decoder);
    while (!isClosed()) {
      int count = connection.read(buffer);
      if (count < 0) {
        throw new IOException("the connection has ended");
      }
      long before = reports.count;
      lines.take(buffer, count, reports);
      if (reports.down != null) {
        emit(reports.down);
        return;
      }
      if (reports.count > before) {
        heard = clocks.nanos();
        silent = false;
        backoff.reset();
      }
      long quiet = clocks.nanos() - heard;
      if (quiet >= DEAD_NANOS) {
        throw new IOException(
            "no position for %d s%s"
                .formatted(DEAD_NANOS / 1_000_000_000, reports.before() + hint(decoder, lines)));
      }
      if (quiet >= SILENT_NANOS && !silent) {
        silent = true;
        emit(
            new Report.NoFix(
                place() + " says nothing of a position" + reports.before() + hint(decoder, lines),
                clocks.nanos()));
      }
    }
  }

  private String hint(Decoder decoder, Lines lines) {
    long wrong = decoder.malformed() + lines.dropped();
    if (wrong == 0) {
      return "";
    }
    return switch (config) {
      case PositionConfig.Gpsd _ ->
          "; " + wrong + " lines are not gpsd's: is it gpsd on this port?";
      case PositionConfig.Nmea _ -> "; " + wrong + " lines are damaged: is the speed (baud) right?";
    };
  }

  private final class Heard implements Consumer<String> {
    private final Decoder decoder;
    private long count;
    private Report.@Nullable Down down;
    private @Nullable String noFix;

    Heard(Decoder decoder) {
      this.decoder = decoder;
    }

    @Override
    public void accept(String line) {
      Report report = down == null ? decoder.decode(line, clocks.nanos()) : null;
      switch (report) {
        case null -> {}
        case Report.Down d -> down = d;
        case Report.Fix _, Report.NoFix _ -> {
          count++;
          noFix = report instanceof Report.NoFix none ? none.detail() : null;
          emit(report);
        }
      }
    }

    /** What it said last, where that is why there is no position. */
    String before() {
      return noFix == null ? "" : "; before that: " + noFix;
    }
  }

  private void emit(Report report) {
    if (isClosed()) {
      return;
    }
    String now =
        switch (report) {
          case Report.Fix _ -> "fix";
          case Report.NoFix n -> "no fix: " + n.detail();
          case Report.Down d -> "down: " + d.fault().detail();
        };
    // Satellites come and go: a receiver under trees must not fill the log.
    if (!kind(now).equals(kind(told))) {
      log.info("Position changes source={} state=\"{}\"", config.source(), now);
    }
    told = now;
    try {
      sink.accept(report);
    } catch (RuntimeException e) {
      log.error("A position could not be taken over and is lost", e);
    }
  }

  private static String kind(String state) {
    int colon = state.indexOf(':');
    return colon < 0 ? state : state.substring(0, colon);
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private String place() {
    return switch (config) {
      case PositionConfig.Gpsd gpsd -> "gpsd at " + gpsd.host() + ":" + gpsd.port();
      case PositionConfig.Nmea nmea -> nmea.device().toString();
    };
  }

  /** Names the place and the cure. */
  private Fault fault(IOException e) {
    return switch (e) {
      case ConnectException _ ->
          new Fault(
              Fault.Kind.UNREACHABLE,
              place() + " does not answer; is it running? (systemctl status gpsd.socket)");
      case UnknownHostException _ ->
          new Fault(Fault.Kind.UNREACHABLE, place() + ": the host is not known");
      case Errno errno -> new Fault(Fault.Kind.HARDWARE, place() + cause(errno));
      // Whatever the system says of a connection says nothing of its end.
      default ->
          new Fault(
              Fault.Kind.UNREACHABLE,
              place() + ": " + Objects.requireNonNullElse(e.getMessage(), e.toString()));
    };
  }

  private static String cause(Errno errno) {
    return switch (errno.number) {
      case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV -> " is missing; is the receiver plugged in?";
      case Errno.EACCES, Errno.EPERM ->
          " may not be read; put the agent's user into the group dialout";
      case Errno.EBUSY -> " is taken; does gpsd read it? Then use source: gpsd";
      default -> ": " + errno.getMessage();
    };
  }
}
