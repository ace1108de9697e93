package org.cityedge.agent.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.function.Supplier;
import org.cityedge.agent.uplink.RestartBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's own word of how it is, for tools on the same machine: {@code health.json} in the run
 * folder, replaced as a whole every 5 s. Where the run folder is a disk, and is to last, that is
 * every minute, and within 5 s when the state of a part has changed. An orderly stop takes it away,
 * so one whose process is gone tells of a crash. About 200 bytes a sensor or camera; it names no
 * secret.
 *
 * <pre>
 *   {"pid":812,"kernelBoot":"3f0c6a52-…","nanos":86412000000000,"everyS":5,"version":"0.1.0","configSeq":57,
 *    "uplink":{"connected":true,"acknowledged":4711,"fault":"…"},
 *    "sensors":{"pm25-1":{"state":"ok","unheard":["pm10"],"ageS":2.1},"level-1":{"state":"bad","fault":"malformed","detail":"…"}},
 *    "losses":[{"from":"level-1","cause":"pace","count":12,"ageS":3.1}],
 *    "outputs":{"siren-1":"…"},"lamps":{"fault":"…"},"cameras":[{"id":"cam-1","state":"ok","framesPerSecond":2.0,"frameAgeMs":310}],
 *    "position":{"state":"fix","accuracyM":4.0},"alertsOpen":0}
 * </pre>
 *
 * Its age is counted on the kernel's monotonic clock, so that a wrong wall clock changes nothing.
 */
public final class Bulletin {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String NAME = "health.json";
  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final Duration ON_DISK = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(Bulletin.class);

  /**
   * What was read.
   *
   * @param age since it was written; empty when that was before the machine's last boot
   * @param alive whether the process that wrote it is there
   */
  public record Word(JsonNode document, Optional<Duration> age, boolean alive) {
    public long pid() {
      return document.path("pid").asLong();
    }

    /** Whether it tells of now: its process lives and has written lately. */
    public boolean fresh() {
      Duration most = Duration.ofSeconds(10 + 3 * document.path("everyS").asLong(5));
      return alive && age.map(a -> a.compareTo(most) <= 0).orElse(false);
    }
  }

  private final Path file;
  private final Duration atLeast;
  private final LongSupplier nanos;

  // Confined to the caller of offer().
  private boolean offered;
  private long offeredAt;
  private long postedAt;
  private List<String> states = List.of();
  private boolean failing;

  /**
   * @param run the run folder
   * @param nanos monotonic clock, {@link System#nanoTime}, which on Linux counts from the kernel's
   *     boot
   */
  public Bulletin(Path run, LongSupplier nanos) {
    this.file = run.resolve(NAME);
    this.atLeast = inMemory(run) ? LOOK : ON_DISK;
    this.nanos = nanos;
  }

  private static boolean inMemory(Path run) {
    try {
      return Files.getFileStore(run).type().equals("tmpfs");
    } catch (IOException e) {
      return false;
    }
  }

  /** Looks at the document every 5 s and writes it when it is time to, or there is news in it. */
  public void offer(Supplier<ObjectNode> document) {
    long now = nanos.getAsLong();
    if (offered && now - offeredAt < LOOK.toNanos()) {
      return;
    }
    ObjectNode current = document.get();
    List<String> news = states(current);
    if (!offered || now - postedAt >= atLeast.toNanos() || !news.equals(states)) {
      states = news;
      post(current, now);
    }
    offered = true;
    offeredAt = now;
  }

  /** What is well and what is not, without the figures. */
  private static List<String> states(ObjectNode document) {
    List<String> states = new ArrayList<>();
    states.add(document.path("uplink").path("connected").asText());
    states.add(document.path("position").path("state").asText());
    states.add(document.path("outputs").toString());
    document
        .path("sensors")
        .forEach(one -> states.add(one.path("state").asText() + one.path("fault").asText()));
    document.path("cameras").forEach(one -> states.add(one.path("state").asText()));
    return states;
  }

  /** What cannot be written is logged once and left out. */
  private void post(ObjectNode document, long now) {
    postedAt = now;
    document
        .put("pid", ProcessHandle.current().pid())
        .put("kernelBoot", RestartBudget.machineBoot())
        .put("nanos", now)
        .put("everyS", atLeast.toSeconds());
    Path next = file.resolveSibling(NAME + ".new");
    try {
      Files.write(next, JSON.writeValueAsBytes(document));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        LOG.warn(
            "The agent's state cannot be left in the run folder; doctor will not see it. file={}",
            file,
            e);
      }
      failing = true;
    }
  }

  /** At an orderly stop. */
  public void takeDown() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("The agent's state in the run folder cannot be removed. file={}", file, e);
    }
  }

  /**
   * What hangs in a run folder; empty when there is none.
   *
   * @throws IOException when it is there and cannot be read
   */
  public static Optional<Word> read(Path run, LongSupplier nanos) throws IOException {
    JsonNode document;
    try {
      document = JSON.readTree(Files.readAllBytes(run.resolve(NAME)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    Optional<Duration> age =
        document.path("kernelBoot").asText().equals(RestartBudget.machineBoot())
            ? Optional.of(
                Duration.ofNanos(Math.max(0, nanos.getAsLong() - document.path("nanos").asLong())))
            : Optional.empty();
    boolean alive =
        age.isPresent()
            && ProcessHandle.of(document.path("pid").asLong())
                .map(ProcessHandle::isAlive)
                .orElse(false);
    return Optional.of(new Word(document, age, alive));
  }
}
