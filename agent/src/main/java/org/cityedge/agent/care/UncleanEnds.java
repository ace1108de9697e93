package org.cityedge.agent.care;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
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
 *   crash 3f0c6a52-6c1e-4b0e-9d1b-0f6a8f1c2d3e 86412 1780000000
 *         kernel's boot, seconds since that boot, Unix seconds once the clock could be trusted
 * </pre>
 *
 * Age is counted on the kernel's monotonic clock; of an end in an earlier boot by the wall clock
 * where that can be trusted. Else only this is known: that it is older than this boot. What cannot
 * be written is logged and left out: nothing depends on it. Confined to one thread; {@link
 * #lastDay} is for tools as well.
 */
public final class UncleanEnds {
  static final int KEPT = 32;
  private static final long DAY_SECONDS = Duration.ofHours(24).toSeconds();
  private static final Pattern LINE =
      Pattern.compile("(crash|power) ([0-9a-z-]{1,64}) ([0-9]{1,12})(?: ([0-9]{1,12}))?");

  private static final Logger LOG = LoggerFactory.getLogger(UncleanEnds.class);

  /** How many of each in the last 24 h. */
  public record Count(int crashes, int powerCuts) {}

  /**
   * @param dated Unix seconds by a clock that could be trusted; no earlier than it was
   */
  private record End(String kind, String boot, long second, OptionalLong dated) {
    String line() {
      String line = kind + ' ' + boot + ' ' + second;
      return (dated.isPresent() ? line + ' ' + dated.getAsLong() : line) + '\n';
    }
  }

  private final Path marker;
  private final Path file;
  private final String boot;
  private final LongSupplier nanos;
  private final InstantSource clock;
  private final BooleanSupplier clockTrusted;
  private boolean allDated;

  /**
   * @param boot names the kernel's boot
   * @param nanos monotonic clock that counts from that boot
   * @param clockTrusted whether somebody has set the wall clock
   */
  UncleanEnds(
      Path data,
      String boot,
      LongSupplier nanos,
      InstantSource clock,
      BooleanSupplier clockTrusted) {
    this.marker = data.resolve("running");
    this.file = data.resolve("ends");
    this.boot = boot;
    this.nanos = nanos;
    this.clock = clock;
    this.clockTrusted = clockTrusted;
  }

  /**
   * Those of this machine.
   *
   * @param clockTrusted whether somebody has set the wall clock; any thread
   */
  public static UncleanEnds in(Path data, BooleanSupplier clockTrusted) {
    return new UncleanEnds(
        data, RestartBudget.machineBoot(), System::nanoTime, InstantSource.system(), clockTrusted);
  }

  /** The process runs from here on. */
  public void started() {
    try {
      Optional<String> left = left();
      if (left.isPresent()) {
        String kind = left.get().equals(boot) ? "crash" : "power";
        List<End> ends = new ArrayList<>(read());
        ends.add(new End(kind, boot, now(), OptionalLong.empty()));
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

  /**
   * Once the clock can be trusted, notes when they were, so that they are too old one day also
   * where every boot is short. Costs nothing once that is done.
   */
  public void date() {
    if (allDated || !clockTrusted.getAsBoolean()) {
      return;
    }
    allDated = true;
    List<End> ends = read();
    if (ends.stream().allMatch(end -> end.dated().isPresent())) {
      return;
    }
    try {
      write(ends.stream().map(this::dated).toList());
    } catch (IOException e) {
      LOG.warn("When earlier runs ended cannot be noted.", e);
    }
  }

  /** One of an earlier boot was before this one; by how much nobody knows. */
  private End dated(End end) {
    if (end.dated().isPresent()) {
      return end;
    }
    long booted = epoch() - now();
    long at = end.boot().equals(boot) ? booted + end.second() : booted;
    return new End(end.kind(), end.boot(), end.second(), OptionalLong.of(Math.max(0, at)));
  }

  /** Of the last 24 h. */
  public Count lastDay() {
    int crashes = 0;
    int cuts = 0;
    boolean trusted = clockTrusted.getAsBoolean();
    for (End end : read()) {
      long age = age(end, trusted);
      if (age < DAY_SECONDS) {
        crashes += end.kind().equals("crash") ? 1 : 0;
        cuts += end.kind().equals("power") ? 1 : 0;
      }
    }
    return new Count(crashes, cuts);
  }

  private long age(End end, boolean trusted) {
    if (end.boot().equals(boot)) {
      return now() - end.second();
    }
    return trusted && end.dated().isPresent() ? epoch() - end.dated().getAsLong() : now();
  }

  private long epoch() {
    return clock.instant().getEpochSecond();
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
          ends.add(
              new End(
                  matcher.group(1),
                  matcher.group(2),
                  Long.parseLong(matcher.group(3)),
                  matcher.group(4) == null
                      ? OptionalLong.empty()
                      : OptionalLong.of(Long.parseLong(matcher.group(4)))));
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return ends;
  }

  private void write(List<End> ends) throws IOException {
    StringBuilder text = new StringBuilder();
    ends.forEach(end -> text.append(end.line()));
    Path next = file.resolveSibling("ends.new");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
