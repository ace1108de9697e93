package org.cityedge.agent.uplink;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often the process may restart itself: {@value #MOST} times in 24 h, over all its starts. Kept
 * in a small file, one line per restart:
 *
 * <pre>
 *   3f0c6a52-6c1e-4b0e-9d1b-0f6a8f1c2d3e 86412      kernel's boot id, seconds since that boot
 * </pre>
 *
 * Age is counted on the kernel's monotonic clock, because a gateway's wall clock may be years off.
 * A restart before the last boot of the machine is at least as old as this boot, and no more is
 * known of it; a file that cannot be read counts as a budget spent just now. What cannot be written
 * down is not granted.
 *
 * <p>Confined to its owner's thread.
 */
public final class RestartBudget {
  public static final int MOST = 2;
  private static final long DAY_SECONDS = Duration.ofHours(24).toSeconds();
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Pattern LINE = Pattern.compile("([0-9a-z-]{1,64}) ([0-9]{1,12})");

  private static final Logger LOG = LoggerFactory.getLogger(RestartBudget.class);

  private record Restart(String boot, long second) {}

  private final Path file;
  private final String boot;
  private final LongSupplier nanos;

  /**
   * @param file in a folder that lasts
   * @param boot names the kernel's boot
   * @param nanos monotonic clock that counts from that boot
   */
  RestartBudget(Path file, String boot, LongSupplier nanos) {
    this.file = file;
    this.boot = boot;
    this.nanos = nanos;
  }

  /** The budget of this machine; on Linux {@link System#nanoTime} counts from the kernel's boot. */
  public static RestartBudget of(Path file) {
    return new RestartBudget(file, machineBoot(), System::nanoTime);
  }

  /** The kernel's name for this boot of the machine, {@code unknown} where it has none. */
  public static String machineBoot() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Takes one restart; false when there is none left or it cannot be written down. */
  public boolean take() {
    long now = now();
    List<Restart> recent = recent(read(now), now);
    if (recent.size() >= MOST) {
      LOG.warn("No restart: there were {} in the last 24 h, which is the most.", recent.size());
      return false;
    }
    recent.add(new Restart(boot, now));
    return write(recent);
  }

  /** How many were taken in the last 24 h; for tools, writes nothing. */
  public int taken() {
    try {
      return recent(parsed(), now()).size();
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      return MOST;
    }
  }

  private long now() {
    return Duration.ofNanos(nanos.getAsLong()).toSeconds();
  }

  private List<Restart> recent(List<Restart> all, long now) {
    List<Restart> recent = new ArrayList<>();
    for (Restart restart : all) {
      // Of another boot's restart only this is known: it lies before this boot began.
      long age = restart.boot().equals(boot) ? now - restart.second() : now;
      if (age < DAY_SECONDS) {
        recent.add(restart);
      }
    }
    return recent;
  }

  private List<Restart> read(long now) {
    try {
      return parsed();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      return unreadable(now, e.toString());
    }
  }

  private List<Restart> parsed() throws IOException {
    List<Restart> restarts = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new IOException("it must hold lines of a boot id and seconds");
      }
      restarts.add(new Restart(matcher.group(1), Long.parseLong(matcher.group(2))));
    }
    return restarts;
  }

  private List<Restart> unreadable(long now, String reason) {
    LOG.warn("The count of restarts cannot be read; it begins anew as spent. reason={}", reason);
    List<Restart> spent = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      spent.add(new Restart(boot, now));
    }
    write(spent);
    return spent;
  }

  /** File and folder are synced, so that a power cut right after leaves the old or the new. */
  private boolean write(List<Restart> restarts) {
    StringBuilder text = new StringBuilder();
    restarts.forEach(
        restart -> text.append(restart.boot()).append(' ').append(restart.second()).append('\n'));
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(
          temporary,
          text.toString().getBytes(StandardCharsets.UTF_8),
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE,
          StandardOpenOption.SYNC);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel folder =
          FileChannel.open(file.toAbsolutePath().resolveSibling("."), StandardOpenOption.READ)) {
        folder.force(true);
      }
      return true;
    } catch (IOException e) {
      LOG.warn("The count of restarts cannot be written, so there is no restart.", e);
      return false;
    }
  }
}
