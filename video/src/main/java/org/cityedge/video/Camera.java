package org.cityedge.video;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.evidence.Recorder;
import org.cityedge.video.source.LiveStream;
import org.jspecify.annotations.Nullable;

/**
 * One live camera: opens its stream again and again, shows each sampled frame to the detectors, and
 * tells how it is doing. A camera that is away costs one waiting thread.
 *
 * <p>Everything runs on one platform thread, named {@code camera-} and the id, which {@link #start}
 * begins and {@link #close} ends. The camera owns its detectors and closes them on that thread.
 */
public final class Camera implements AutoCloseable {
  /** Takes what a camera tells; called on the camera's thread, and must not block for long. */
  public interface Sink {
    /**
     * A detector looked at a frame.
     *
     * @param witness what can be shown of it; only valid during this call
     */
    void observed(Observation observation, Witness witness);

    /**
     * On every change of state or detail, and at least every 10 s (later only while a detector or
     * the sink itself holds the thread).
     */
    void health(CameraHealth health);

    /** The camera's thread ends; nothing more is told. */
    default void ended() {}
  }

  /** What a camera's parts are measured by; tests use shorter ones. */
  record Limits(CameraWatch.Limits states, Keyframes.Limits keyframes, long memoryBytes) {
    static Limits of(CameraConfig config) {
      return new Limits(
          CameraWatch.Limits.forRate(config.rate()),
          Keyframes.Limits.of(config),
          LiveStream.Limits.MEMORY_BYTES);
    }

    LiveStream.Limits child() {
      return new LiveStream.Limits(states.lost(), memoryBytes);
    }
  }

  private final CameraConfig config;
  private final Supplier<List<Detector>> detectors;
  private final KeyFiles keys;
  private final Path runFolder;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Limits limits;
  private final Optional<Recorder> recorder;
  private final BooleanSupplier hot;
  private final CountDownLatch closing = new CountDownLatch(1);
  // Guarded by this; null until started.
  private @Nullable Thread thread;

  private boolean released;

  /**
   * @param detectors makes those that look at every frame, in this order; asked once, on the
   *     camera's thread, which closes them
   * @param keys where password and certificate are read at every start of the stream
   * @param runFolder the working folder of the stream's child process; nothing is written there
   * @param clock wall time of frames and health
   * @param nanos monotonic time; both are read by the camera's threads
   */
  public Camera(
      CameraConfig config,
      Supplier<List<Detector>> detectors,
      KeyFiles keys,
      Path runFolder,
      InstantSource clock,
      LongSupplier nanos) {
    this(config, detectors, keys, runFolder, clock, nanos, Optional.empty(), () -> false);
  }

  /**
   * The same, with a recorder of the camera's last seconds, which makes its clips.
   *
   * @param recorder the camera owns it from here on
   * @param hot whether the board is hot, asked at every frame: then one a second is looked at
   */
  public Camera(
      CameraConfig config,
      Supplier<List<Detector>> detectors,
      KeyFiles keys,
      Path runFolder,
      InstantSource clock,
      LongSupplier nanos,
      Optional<Recorder> recorder,
      BooleanSupplier hot) {
    this(config, detectors, keys, runFolder, clock, nanos, Limits.of(config), recorder, hot);
  }

  Camera(
      CameraConfig config,
      Supplier<List<Detector>> detectors,
      KeyFiles keys,
      Path runFolder,
      InstantSource clock,
      LongSupplier nanos,
      Limits limits) {
    this(config, detectors, keys, runFolder, clock, nanos, limits, Optional.empty(), () -> false);
  }

  Camera(
      CameraConfig config,
      Supplier<List<Detector>> detectors,
      KeyFiles keys,
      Path runFolder,
      InstantSource clock,
      LongSupplier nanos,
      Limits limits,
      Optional<Recorder> recorder,
      BooleanSupplier hot) {
    this.config = config;
    this.detectors = detectors;
    this.keys = keys;
    this.runFolder = runFolder;
    this.clock = clock;
    this.nanos = nanos;
    this.limits = limits;
    this.recorder = recorder;
    this.hot = hot;
  }

  public String id() {
    return config.id();
  }

  /** Begins; once. Never fails because of the camera: what is wrong with it is told as health. */
  public synchronized void start(Sink sink) {
    if (thread != null || closing.getCount() == 0) {
      throw new IllegalStateException("camera " + id() + " was started or closed before");
    }
    thread = Thread.ofPlatform().name("camera-" + id()).start(() -> run(sink));
  }

  private void run(Sink sink) {
    try {
      new CameraLoop(
              config, detectors, this::open, recorder, hot, sink, clock, nanos, limits, closing)
          .run();
    } finally {
      release();
      sink.ended();
    }
  }

  private void release() {
    recorder.ifPresent(Recorder::close);
  }

  private LiveStream open(Sampling sampling) throws IOException {
    return LiveStream.open(
        config,
        sampling,
        keys,
        runFolder,
        limits.child(),
        clock,
        nanos,
        recorder.flatMap(Recorder::connecting));
  }

  /** Lets it begin to end, so that several end at once; {@link #close} waits for it. */
  public void stop() {
    closing.countDown();
  }

  /**
   * Ends the stream's child and waits for the camera's thread; after that nothing is told any more.
   * Any number of times, also before {@link #start}; not from the sink.
   */
  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      closing.countDown();
      running = thread;
      if (running == null && !released) {
        release();
      }
      released = true;
    }
    // No interrupt: it would close the files that a sink may be writing.
    boolean interrupted = false;
    while (running != null && running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
