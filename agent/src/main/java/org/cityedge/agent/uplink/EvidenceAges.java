package org.cityedge.agent.uplink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.cityedge.buffer.Clips;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops evidence when its time is over; by default after three days, as long as its lane's events
 * live (wire.md §2 has the same for a chunk under way: one day at the broker).
 *
 * <p>Age is the time for which the agent has run with the clip, counted in steps of ten minutes and
 * kept in a small file of lines {@code name steps}. No wall clock takes part: one that jumps ten
 * years ahead deletes nothing, one that is set back keeps nothing for ever. The price: a gateway
 * that is switched off does not age its clips, and one that is restarted within each ten minutes
 * never does; the store's cap holds all the same. When the file is lost, the clips' time begins
 * anew. Confined to the pulse thread.
 */
public final class EvidenceAges {
  static final Duration STEP = Duration.ofMinutes(10);

  /** Most clips; beyond it the oldest go, whatever their age. */
  static final int MAX_CLIPS = 4000;

  private static final Logger LOG = LoggerFactory.getLogger(EvidenceAges.class);

  private final Clips clips;
  private final Path file;
  private final Duration kept;
  private final LongSupplier nanos;
  private final Map<String, Integer> steps = new HashMap<>();
  private long stepAt;

  /**
   * @param file where the ages are written; need not be there
   * @param kept how long a clip is kept
   * @param nanos monotonic clock
   */
  public EvidenceAges(Clips clips, Path file, Duration kept, LongSupplier nanos) {
    this.kept = kept;
    this.clips = clips;
    this.file = file;
    this.nanos = nanos;
    this.stepAt = nanos.getAsLong() + STEP.toNanos();
    load();
  }

  /** Once a second or so; does something every ten minutes. */
  public void tick() {
    if (nanos.getAsLong() - stepAt < 0) {
      return;
    }
    stepAt = nanos.getAsLong() + STEP.toNanos();
    List<String> names = clips.names();
    Map<String, Integer> now = new HashMap<>();
    int surplus = names.size() - MAX_CLIPS;
    int dropped = 0;
    try {
      for (String name : names) {
        int age = steps.getOrDefault(name, 0) + 1;
        if (surplus-- > 0 || STEP.multipliedBy(age).compareTo(kept) > 0) {
          clips.drop(name);
          dropped++;
        } else {
          now.put(name, age);
        }
      }
      steps.clear();
      steps.putAll(now);
      save();
    } catch (IOException e) {
      LOG.warn("Old evidence is not dropped; tried again in 10 min. reason={}", e.getMessage());
    }
    if (dropped > 0) {
      LOG.info("Old evidence is dropped. clips={}", dropped);
    }
  }

  private void save() throws IOException {
    List<String> lines = new ArrayList<>();
    steps.forEach((name, age) -> lines.add(name + " " + age));
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    Files.write(temporary, lines);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void load() {
    try {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          int space = line.indexOf(' ');
          steps.put(
              line.substring(0, Math.max(0, space)), Integer.parseInt(line.substring(space + 1)));
        }
      }
    } catch (IOException | NumberFormatException e) {
      steps.clear();
      LOG.warn("The ages of the evidence are lost; they begin anew. file={}", file);
    }
  }
}
