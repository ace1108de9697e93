package org.cityedge.agent.care;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.agent.uplink.RestartBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers how the process ended. While it runs a file {@code running} lies in the data folder;
 * one that lies there at the start was left behind by a crash, or in another boot of the machine by
 * a power cut. The last {@value #KEPT} of both stand in {@code ends}, a line each:
 *
 * <pre>
 *   crash 3f0c6a52-6c1e-4b0e-9d1b-0f6a8f1c2d3e 86412      what, kernel's boot, seconds since that boot
 * </pre>
 *
 * Age is counted on the kernel's monotonic clock; of an end in an earlier boot only this is known:
 * that it is older than this boot. What cannot be written is logged and left out: nothing depends
 * on it. Confined to one thread; {@link #lastDay} is for tools as well.
 */
public final class UncleanEnds {
  static final int KEPT = 32;
  private static final long DAY_SECONDS = Duration.ofHours(24).toSeconds();
  private static final Pattern LINE =
      Pattern.compile("(crash|power) ([0-9a-z-]{1,64}) ([0-9]{1,12})");

  private static final Logger LOG = LoggerFactory.getLogger(UncleanEnds.class);

  /** How many of each in the last 24 h. */
  public record Count(int crashes, int powerCuts) {}

  private record End(String kind, String boot, long second) {}

  private final Path marker;
  private final Path file;
  private final String boot;
  private final LongSupplier nanos;

  /**
   * @param boot names the kernel's boot
   * @param nanos monotonic clock that counts from that boot
   */
  UncleanEnds(Path data, String boot, LongSupplier nanos) {
    this.marker = data.resolve("running");
    this.file = data.resolve("ends");
    this.boot = boot;
    this.nanos = nanos;
  }

  /** Those of this machine. */
  public static UncleanEnds in(Path data) {
    return new UncleanEnds(data, RestartBudget.machineBoot(), System::nanoTime);
  }

  /** The process runs from here on. */
  public void started() {
    try {
      Optional<String> left = left();
      if (left.isPresent()) {
        String kind = left.get().equals(boot) ? "crash" : "power";
        List<End> ends = new ArrayList<>(read());
        ends.add(new End(kind, boot, now()));
        write(ends.subList(Math.max(0, ends.size() - KEPT), ends.size()));
        LOG.warn(
            "The last run ended without an orderly stop. cause={} lastDay={}",
            kind.equals("crash") ? "the process ended" : "the machine lost its power or hung",
            lastDay());
      }
      Files.writeString(marker, boot + "\n");
    } catch (IOException e) {
      LOG.warn("How the last run ended cannot be noted.", e);
    }
  }

  /** The process ends as it should. */
  public void ended() {
    try {
      Files.deleteIfExists(marker);
    } catch (IOException e) {
      LOG.warn("The orderly stop cannot be noted; the next start will take it for a crash.", e);
    }
  }

  /** Of the last 24 h. */
  public Count lastDay() {
    int crashes = 0;
    int cuts = 0;
    for (End end : read()) {
      long age = end.boot().equals(boot) ? now() - end.second() : now();
      if (age < DAY_SECONDS) {
        crashes += end.kind().equals("crash") ? 1 : 0;
        cuts += end.kind().equals("power") ? 1 : 0;
      }
    }
    return new Count(crashes, cuts);
  }

  private long now() {
    return Duration.ofNanos(nanos.getAsLong()).toSeconds();
  }

  private Optional<String> left() throws IOException {
    try {
      return Optional.of(Files.readString(marker).strip());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Lines that cannot be read are no ends. */
  private List<End> read() {
    List<End> ends = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        Matcher matcher = LINE.matcher(line);
        if (matcher.matches()) {
          ends.add(new End(matcher.group(1), matcher.group(2), Long.parseLong(matcher.group(3))));
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return ends;
  }

  private void write(List<End> ends) throws IOException {
    StringBuilder text = new StringBuilder();
    ends.forEach(
        end ->
            text.append(end.kind())
                .append(' ')
                .append(end.boot())
                .append(' ')
                .append(end.second())
                .append('\n'));
    Path next = file.resolveSibling("ends.new");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
