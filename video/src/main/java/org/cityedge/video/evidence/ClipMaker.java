package org.cityedge.video.evidence;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.cityedge.video.Clip;
import org.cityedge.video.Natives;
import org.cityedge.video.Zone;
import org.cityedge.video.source.Mp4;
import org.cityedge.video.source.SegmentFrames;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the clips of all cameras, one after the other, on a thread of its own: decode the recorded
 * segments at {@value #FRAMES_PER_SECOND} frames a second, mask each picture, encode. At most
 * {@value #WAITING} wait; each may take {@link #LIMIT} for all that is made of it: also where it is
 * made anew, from the analysed stream, since nobody can tell that the one for evidence shows the
 * same view. Whatever else goes wrong withholds the clip.
 *
 * <p>Its folder, which is best a tmpfs, holds the segments of the clips that wait, and the one that
 * is being made with what is made of it.
 */
public final class ClipMaker implements AutoCloseable {
  static final int FRAMES_PER_SECOND = 5;
  static final int WAITING = 4;

  /**
   * Thirty seconds of 720p took 18 on one x86-64 core; a small board has four to six times that.
   */
  static final Duration LIMIT = Duration.ofMinutes(5);

  /**
   * Kept of it for the analysed stream, whose pictures are a quarter as large, where it is there.
   */
  static final Duration ANEW = Duration.ofMinutes(2);

  /** Why there is no clip once its camera is stopped or configured otherwise. */
  static final String STOPPED = "the camera was stopped before the clip was made";

  private static final String CLIP = "clip.mp4";
  private static final String ORIGINAL = "original.mp4";
  private static final Logger LOG = LoggerFactory.getLogger(ClipMaker.class);

  private final Path folder;
  private final BlockingQueue<ClipOrder> orders;
  private final LongSupplier nanos;
  private final AtomicLong numbers = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  /** What was made of an order: itself or what it has instead. */
  private record Encoded(ClipOrder order, int pictures) {}

  /** The privacy zones of each camera as they are now. */
  private final Map<String, List<Zone>> zones = new ConcurrentHashMap<>();

  /** The children at work, for {@link #close}, which does not wait for what they do. */
  private volatile @Nullable SegmentFrames decoder;

  private volatile @Nullable Mp4 encoder;

  // Confined to the thread.
  private @Nullable People people;

  /** When what is being made is to be ready, monotonic. */
  private long deadline;

  /**
   * Removes what a killed process left, and begins.
   *
   * @param folder made when it is missing; nobody else's files may be in it
   * @throws IOException when it cannot be made or emptied
   */
  public ClipMaker(Path folder) throws IOException {
    this(folder, new ArrayBlockingQueue<>(WAITING), System::nanoTime);
  }

  /**
   * The same.
   *
   * @param orders that wait; bounded by {@link #WAITING}
   * @param nanos monotonic time, on the maker's thread
   */
  ClipMaker(Path folder, BlockingQueue<ClipOrder> orders, LongSupplier nanos) throws IOException {
    this.orders = orders;
    this.nanos = nanos;
    this.folder = folder.toAbsolutePath();
    Ring.remove(this.folder);
    Ring.makeOwn(this.folder);
    thread = Thread.ofPlatform().name("clips").start(this::run);
  }

  /**
   * Most bytes of a clip, once it is made; noise, which would take more, is pixelated where it is
   * strong.
   *
   * @param width most that its pictures may have; cameras that stand on their side send 9:16
   */
  static long mostBytes(Duration clip, int width) {
    return Mp4.bytes(width, width * 16 / 9, FRAMES_PER_SECOND, clip);
  }

  /** From now on a clip of this camera is made with these privacy zones or not at all. */
  void zones(String camera, List<Zone> privacy) {
    zones.put(camera, privacy);
  }

  private void checkZones(ClipOrder order) throws IOException {
    if (!order.privacy().equals(zones.getOrDefault(order.camera(), order.privacy()))) {
      throw new IOException("the camera's privacy zones are others now");
    }
  }

  /** An empty folder for one order; the one around it is made again when somebody removed it. */
  Path newFolder() throws IOException {
    if (!closed) {
      Ring.makeOwn(folder);
    }
    return Files.createDirectory(folder.resolve(String.valueOf(numbers.getAndIncrement())));
  }

  /**
   * Takes an order over, also when it refuses it: it tells the reason then. Any thread.
   *
   * @return whether it will be made
   */
  boolean accept(ClipOrder order) {
    // One that is offered while the thread ends may be seen by nobody: it is taken back then.
    if (!closed && orders.offer(order) && (!closed || !orders.remove(order))) {
      return true;
    }
    done(order, new Clip.Withheld(closed ? STOPPED : WAITING + " other clips wait to be made"));
    return false;
  }

  private void run() {
    try {
      while (!closed) {
        ClipOrder order = orders.poll(200, TimeUnit.MILLISECONDS);
        if (order != null) {
          done(order, make(order));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (people != null) {
        people.close();
      }
      for (ClipOrder left = orders.poll(); left != null; left = orders.poll()) {
        done(left, new Clip.Withheld(STOPPED));
      }
    }
  }

  private void done(ClipOrder order, Clip clip) {
    try {
      order.whenDone().accept(clip);
    } catch (RuntimeException | Error e) {
      LOG.error("A clip could not be handed on. camera={}", order.camera(), e);
    } finally {
      order.close();
      try {
        Ring.remove(order.folder());
      } catch (IOException e) {
        LOG.warn("A clip's folder stays until the next start. folder={}", order.folder(), e);
      }
    }
  }

  private Clip make(ClipOrder order) {
    long began = nanos.getAsLong();
    deadline = began + LIMIT.toNanos();
    try {
      checkZones(order);
      Encoded made = encodeOneOf(order);
      checkZones(order);
      Path file = made.order().folder().resolve(CLIP);
      LOG.info(
          "Clip made. camera={} stream={} pictures={} bytes={} tookMs={}",
          order.camera(),
          made.order().main() ? "mainSource" : "source",
          made.pictures(),
          Files.size(file),
          (nanos.getAsLong() - began) / 1_000_000);
      return new Clip.Made(file, made.order().takenAt(), original(order));
    } catch (IOException | RuntimeException | Error e) {
      // Also for want of memory, native or not: the next clip may be a smaller one.
      if (closed) {
        return new Clip.Withheld(STOPPED);
      }
      LOG.warn("Clip cannot be made. camera={}", order.camera(), e);
      return new Clip.Withheld("the clip cannot be made: " + e.getMessage());
    }
  }

  /**
   * What is left of the time for this clip, begun seconds counted as whole.
   *
   * @throws IOException when nothing is
   */
  private long secondsLeft() throws IOException {
    long left = deadline - nanos.getAsLong();
    if (left <= 0) {
      throw new IOException("it takes longer than " + LIMIT.toMinutes() + " min");
    }
    return Math.ceilDiv(left, Duration.ofSeconds(1).toNanos());
  }

  /** The camera's own pictures, joined; whole segments, so that it begins with a keyframe. */
  private Optional<Path> original(ClipOrder order) {
    if (!order.original()) {
      return Optional.empty();
    }
    try {
      List<Ring.Segment> segments = order.segments();
      byte[] head = new byte[4096];
      try (InputStream in = Files.newInputStream(segments.getFirst().file())) {
        in.readNBytes(head, 0, head.length);
      }
      // The track's CodecID (RFC 9559 section 27), a text in the first few hundred bytes.
      String text = new String(head, StandardCharsets.ISO_8859_1);
      boolean h265 = text.contains("V_MPEGH/ISO/HEVC");
      if (!h265 && !text.contains("V_MPEG4/ISO/AVC")) {
        return Optional.empty();
      }
      List<String> names = segments.stream().map(s -> s.file().getFileName().toString()).toList();
      SegmentFrames.list(order.folder(), names, List.of());
      join(order.folder(), h265);
      return Optional.of(order.folder().resolve(ORIGINAL));
    } catch (IOException e) {
      LOG.warn(
          "A clip's original cannot be kept. camera={} reason=\"{}\"",
          order.camera(),
          e.getMessage());
      return Optional.empty();
    }
  }

  private void join(Path folder, boolean h265) throws IOException {
    try (Mp4 file = Mp4.join(folder, ORIGINAL, h265, secondsLeft())) {
      encoder = file;
      checkOpen();
      file.finish(secondsLeft());
    } finally {
      encoder = null;
    }
  }

  private Encoded encodeOneOf(ClipOrder order) throws IOException {
    long end = deadline;
    if (order.instead().isPresent()) {
      deadline -= ANEW.toNanos();
    }
    try {
      return new Encoded(order, encode(order));
    } catch (IOException e) {
      boolean late = nanos.getAsLong() - deadline >= 0;
      ClipOrder instead =
          order.instead().filter(_ -> late || e instanceof OtherViewException).orElseThrow(() -> e);
      if (!(e instanceof OtherViewException)) {
        LOG.warn(
            "A clip of mainSource takes too long; it is made from source. camera={}",
            order.camera());
        order.viewTold().accept(false);
      }
      // The run folder need not hold it beside the next one.
      Files.deleteIfExists(order.folder().resolve(CLIP));
      deadline = end;
      return new Encoded(instead, encode(instead));
    } finally {
      deadline = end;
    }
  }

  private int encode(ClipOrder order) throws IOException {
    Natives.load();
    if (people == null) {
      people = new People();
    }
    List<Ring.Segment> segments = order.segments();
    List<String> names = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < segments.size(); i++) {
      Ring.Segment one = segments.get(i);
      long next = i + 1 < segments.size() ? segments.get(i + 1).from() : one.until();
      names.add(one.file().getFileName().toString());
      seconds.add((next - one.from()) / 1e9);
    }
    SegmentFrames.list(order.folder(), names, seconds);
    try (SegmentFrames frames =
        SegmentFrames.open(order.folder(), FRAMES_PER_SECOND, order.width(), secondsLeft())) {
      decoder = frames;
      return encode(order, frames, people, segments.getFirst().from());
    } finally {
      decoder = null;
    }
  }

  private int encode(ClipOrder order, SegmentFrames frames, People people, long start)
      throws IOException {
    long period = Duration.ofSeconds(1).toNanos() / FRAMES_PER_SECOND;
    int pictures = 0;
    Mp4 file = null;
    ClipMask mask = null;
    try {
      long at = start;
      checkOpen();
      for (byte[] bgr = frames.next(); bgr != null; bgr = frames.next(), at += period) {
        checkOpen();
        if (at - order.from() < 0 || at - order.until() > 0) {
          continue;
        }
        if (file == null || mask == null) {
          int width = frames.width();
          int height = frames.height();
          file = Mp4.of(order.folder(), CLIP, width, height, FRAMES_PER_SECOND, secondsLeft());
          encoder = file;
          mask = new ClipMask(order, people, width, height, file::write);
        }
        mask.add(bgr, at);
        pictures++;
      }
      if (file == null || mask == null) {
        throw new IOException("no picture was recorded in that time");
      }
      mask.finish();
      file.finish(secondsLeft());
      return pictures;
    } finally {
      encoder = null;
      if (file != null) {
        file.close();
      }
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException(STOPPED);
    }
  }

  /**
   * Withholds what waits and what is being made, and waits for the thread; not from its consumers.
   */
  @Override
  public void close() {
    closed = true;
    SegmentFrames decoding = decoder;
    if (decoding != null) {
      decoding.kill();
    }
    Mp4 encoding = encoder;
    if (encoding != null) {
      encoding.kill();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    try {
      Ring.remove(folder);
    } catch (IOException e) {
      LOG.warn("The clips' folder stays until the next start. folder={}", folder, e);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
