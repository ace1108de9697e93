package org.cityedge.agent.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.drivers.linux.KernelClock;

/**
 * Who vouches for the wall clock. The kernel knows of whoever disciplines it, and that nobody has
 * for some nine hours: its worst error has then grown to 16 s. Where it may not be asked, as in the
 * image's unit, the same is reckoned from the file that systemd-timesyncd touches on each
 * synchronisation and never removes (systemd-timesyncd.service(8)).
 *
 * @param named the file whose presence alone decides, where the system property {@code
 *     cityedge.timesync} names one
 * @param timesyncd the file of systemd-timesyncd
 */
record WallClock(Optional<Path> named, Path timesyncd, Kernel kernel, InstantSource clock) {
  interface Kernel {
    KernelClock read() throws IOException;
  }

  /** This machine's; any thread. */
  static final WallClock REAL =
      new WallClock(
          Optional.ofNullable(System.getProperty("cityedge.timesync")).map(Path::of),
          Path.of("/run/systemd/timesync/synchronized"),
          KernelClock::read,
          InstantSource.system());

  /** How the kernel lets the worst error grow, and where it gives up (kernel/time/ntp.c). */
  private static final int PARTS_PER_MILLION = 500;

  private static final Duration LIMIT = Duration.ofSeconds(16);

  /** As it is now; without an error where nobody knows it. */
  Alert.Clock now() {
    Optional<KernelClock> state = state();
    boolean synchronised =
        named.map(Files::exists).orElse(state.filter(KernelClock::synchronised).isPresent());
    Optional<Long> error =
        state
            .filter(known -> synchronised && known.synchronised())
            .map(known -> known.worstError().toMillis());
    return new Alert.Clock(synchronised ? "ntp" : "none", error.orElse(null));
  }

  /** Whether it was set by somebody since the boot: it is then right to seconds for days. */
  boolean wasSet() {
    return now().source().equals("ntp") || (named.isEmpty() && Files.exists(timesyncd));
  }

  private Optional<KernelClock> state() {
    try {
      return Optional.of(kernel.read());
    } catch (IOException e) {
      return reckoned();
    }
  }

  /** 2 h after the last synchronisation the error is at most 3.6 s. */
  private Optional<KernelClock> reckoned() {
    try {
      Duration age =
          Duration.between(Files.getLastModifiedTime(timesyncd).toInstant(), clock.instant());
      Duration error =
          age.isNegative()
              ? Duration.ZERO
              : age.multipliedBy(PARTS_PER_MILLION).dividedBy(1_000_000);
      return Optional.of(new KernelClock(error.compareTo(LIMIT) < 0, error));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
