package org.cityedge.video;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.video.CameraHealth.State;
import org.cityedge.video.evidence.Evidence;
import org.cityedge.video.evidence.Recorder;
import org.cityedge.video.source.LiveStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a camera's thread does: open the stream, look at its frames until it fails, wait, and again.
 * Confined to that thread, but for {@code closing}, which ends it within about a second.
 */
final class CameraLoop {
  /** Starts the stream of one connection. */
  interface Opener {
    LiveStream open(Sampling sampling) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(CameraLoop.class);
  private static final Duration TELL_EVERY = Duration.ofSeconds(8);
  private static final Duration SLICE = Duration.ofMillis(500);

  /** A stream that held for so long was a good one. */
  private static final Duration HELD = Duration.ofSeconds(30);

  /** A file is played once; only closing the camera ends this wait. */
  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final CameraConfig config;
  private final Supplier<List<Detector>> makeDetectors;
  private final Opener opener;
  private final Optional<Recorder> recorder;
  private final Camera.Sink sink;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final CountDownLatch closing;
  private final Backoff backoff = new Backoff(ThreadLocalRandom.current());
  private final CameraWatch watch;
  private final Pace pace;
  private final Throttle throttle;
  private final Keyframes keyframes;
  private final ClockStep clockStep;
  private final ViewWatch viewWatch;

  private List<Detector> detectors = List.of();
  private long starts;
  private long droppedBefore;
  private long droppedNow;
  private double decoderPercent;
  private long frameNanos;
  private boolean anyFrame;
  private long toldNanos;
  private State toldState = State.STARTING;
  private String toldDetail = "";
  private final Failures failures = new Failures();

  CameraLoop(
      CameraConfig config,
      Supplier<List<Detector>> detectors,
      Opener opener,
      Optional<Recorder> recorder,
      BooleanSupplier hot,
      Camera.Sink sink,
      InstantSource clock,
      LongSupplier nanos,
      Camera.Limits limits,
      CountDownLatch closing) {
    this.config = config;
    this.makeDetectors = detectors;
    this.opener = opener;
    this.recorder = recorder;
    this.sink = sink;
    this.clock = clock;
    this.nanos = nanos;
    this.closing = closing;
    watch = new CameraWatch(limits.states(), nanos.getAsLong());
    pace = new Pace(nanos.getAsLong());
    throttle = new Throttle(hot, config.rate());
    clockStep = new ClockStep(clock, nanos);
    keyframes = new Keyframes(config.sampling(), limits.keyframes());
    ViewWatch.Limits view = ViewWatch.Limits.product();
    viewWatch = new ViewWatch(config.privacy().isEmpty() ? view : view.forPrivacy());
  }

  void run() {
    tell();
    try (Evidence evidence = new Evidence(config.zones());
        View view = new View(config.privacy())) {
      detectors = List.copyOf(makeDetectors.get());
      while (isOpen()) {
        if (!stream(evidence, view)) {
          pause(backoff.next());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (LinkageError e) {
      LOG.error("Camera cannot run without OpenCV. camera={}", config.id(), e);
      watch.failed("OpenCV cannot be loaded: " + e.getMessage(), nanos.getAsLong());
      tell();
    } finally {
      detectors.forEach(Detector::close);
    }
  }

  /**
   * One connection, from its start to its failure.
   *
   * @return whether the next one follows at once, because nothing failed
   */
  private boolean stream(Evidence evidence, View view) throws InterruptedException {
    starts++;
    long opened = nanos.getAsLong();
    clockStep.begin();
    try (LiveStream stream = opener.open(keyframes.open(opened))) {
      while (isOpen()) {
        if (recorder.isPresent() && clockStep.asksAnew()) {
          LOG.info(
              "The clock was set; the stream is opened anew, for its recording goes by it."
                  + " camera={}",
              config.id());
          starts--;
          return true;
        }
        Frame frame = stream.poll(SLICE);
        if (frame != null) {
          if (!throttle.skips(frame.nanos())) {
            analyse(frame, evidence, view);
          }
          keyframes.saw(frame.nanos());
          droppedNow = stream.dropped();
          if (frame.nanos() - opened > HELD.toNanos()) {
            backoff.reset();
          }
        }
        Optional<String> otherwise = keyframes.judge(nanos.getAsLong());
        if (otherwise.isPresent()) {
          LOG.info(
              "Camera is sampled otherwise. camera={} why=\"{}\"", config.id(), otherwise.get());
          starts--;
          return true;
        }
        if (isTimeToTell()) {
          decoderPercent = stream.decoderPercent();
        }
        judge();
        Optional<String> writer = stream.recordingTrouble();
        recorder.ifPresent(r -> r.tick(writer));
      }
    } catch (LiveStream.RoundOver e) {
      starts--;
      return true;
    } catch (EOFException e) {
      watch.failed("the file has ended", nanos.getAsLong());
      pause(FOREVER);
    } catch (IOException e) {
      watch.failed(String.valueOf(e.getMessage()), nanos.getAsLong());
      judge();
    } catch (RuntimeException e) {
      LOG.error(
          "Camera's stream is started again after a fault of ours. camera={}", config.id(), e);
      watch.failed("internal fault: " + e, nanos.getAsLong());
      judge();
    } finally {
      droppedBefore += droppedNow;
      droppedNow = 0;
      decoderPercent = 0;
    }
    return false;
  }

  private void pause(Duration wait) throws InterruptedException {
    long until = nanos.getAsLong() + wait.toNanos();
    boolean sound = true;
    for (long left = wait.toNanos(); left > 0 && isOpen(); left = until - nanos.getAsLong()) {
      if (!closing.await(Math.min(left, SLICE.toNanos()), TimeUnit.NANOSECONDS) && sound) {
        sound = lookAfter();
      }
    }
  }

  /** What has to be done between pictures; false after a fault of it, which ends no camera. */
  private boolean lookAfter() {
    try {
      judge();
      recorder.ifPresent(r -> r.tick(Optional.empty()));
      return true;
    } catch (RuntimeException e) {
      LOG.error("A fault of ours while the camera waits. camera={}", config.id(), e);
      return false;
    }
  }

  private void analyse(Frame frame, Evidence evidence, View view) {
    long began = nanos.getAsLong();
    watch.saw(Look.at(frame.bgr()), frame.nanos());
    if (watch.state() == State.OK) {
      Sight sight = view.look(frame, viewWatch.isClear());
      if (sight != null && viewWatch.saw(sight, frame.nanos())) {
        LOG.info("The camera's new view is accepted. camera={}", config.id());
        view.forget();
      }
    }
    if (!config.privacy().isEmpty()) {
      vouch(frame, evidence);
    }
    for (Detector detector : detectors) {
      observe(detector, frame, evidence);
    }
    evidence.learn(frame);
    long ended = nanos.getAsLong();
    pace.analysed(ended, ended - began);
    frameNanos = frame.nanos();
    anyFrame = true;
  }

  /**
   * Nothing leaves while the picture may show elsewhere what privacy zones are to hide: from the
   * first look on that does not recognise the view, until it is back. A look is taken once a
   * second.
   */
  private void vouch(Frame frame, Evidence evidence) {
    if (watch.state() == State.OK && viewWatch.isClear()) {
      evidence.recognised();
    } else {
      evidence.doubt(
          "the camera may show another view than the one that its privacy zones were drawn in");
      recorder.ifPresent(r -> r.doubt(frame.nanos()));
    }
  }

  /** One detector's failure must end neither the camera nor the others; it is told once. */
  private void observe(Detector detector, Frame frame, Evidence evidence) {
    List<Observation> observations;
    try {
      observations = detector.observe(frame);
    } catch (RuntimeException e) {
      if (failures.failed(detector, String.valueOf(e.getMessage()), frame.nanos())) {
        LOG.error("Analysis of a frame failed. camera={}", config.id(), e);
      }
      return;
    }
    if (failures.worked(detector)) {
      LOG.info("Analysis works again. camera={}", config.id());
    }
    for (Observation observation : observations) {
      recorder.ifPresent(r -> r.saw(observation));
      try (Moment moment = new Moment(evidence, frame, observation, recorder)) {
        sink.observed(observation, moment);
      } catch (RuntimeException e) {
        LOG.error("An observation could not be handed on. camera={}", config.id(), e);
      }
    }
  }

  private void judge() {
    watch.judge(nanos.getAsLong());
    boolean changed = state() != toldState || !detail().equals(toldDetail);
    if (changed || isTimeToTell()) {
      tell();
    }
  }

  /** What the stream is like; when it is well, the view; when that is, the analysis. */
  private State state() {
    if (watch.state() != State.OK) {
      return watch.state();
    }
    return viewWatch.state() == State.OK && failures.last() ? State.DEGRADED : viewWatch.state();
  }

  private String detail() {
    if (watch.state() != State.OK) {
      return watch.detail();
    }
    if (viewWatch.state() != State.OK) {
      return config.privacy().isEmpty()
          ? viewWatch.detail()
          : viewWatch.detail() + "; no picture leaves, since privacy zones may lie elsewhere";
    }
    Optional<String> failure = failures.why();
    if (failure.isPresent()) {
      return CameraHealth.NOTHING_FOUND + failure.get();
    }
    if (throttle.isActive()) {
      return "looked at once a second, because the board is hot";
    }
    return recorder.isPresent() && clockStep.isRestless()
        ? "the clock is set again and again, so clips may lack seconds"
        : recorder.flatMap(Recorder::lack).orElse(watch.detail());
  }

  private boolean isTimeToTell() {
    return nanos.getAsLong() - toldNanos >= TELL_EVERY.toNanos();
  }

  private void tell() {
    long now = nanos.getAsLong();
    if (state() != toldState) {
      LOG.info(
          "Camera is {} now. camera={} was={} detail=\"{}\"",
          state(),
          config.id(),
          toldState,
          detail());
    }
    toldNanos = now;
    toldState = state();
    toldDetail = detail();
    CameraHealth health =
        new CameraHealth(
            config.id(),
            toldState,
            toldDetail,
            pace.framesPerSecond(now),
            anyFrame ? (now - frameNanos) / 1_000_000 : -1,
            pace.analysisMillis(now),
            keyframes.isOn(),
            decoderPercent,
            droppedBefore + droppedNow,
            Math.max(0, starts - 1),
            clock.instant(),
            now);
    try {
      sink.health(health);
    } catch (RuntimeException e) {
      LOG.error("Health could not be handed on. camera={}", config.id(), e);
    }
  }

  private boolean isOpen() {
    return closing.getCount() > 0;
  }
}
