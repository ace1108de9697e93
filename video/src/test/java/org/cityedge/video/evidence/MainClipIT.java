package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.cityedge.video.Cameras;
import org.cityedge.video.Clip;
import org.cityedge.video.Footage;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Sampling;
import org.cityedge.video.Zone;
import org.cityedge.video.source.FileFrames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clips of a camera with two streams, made by the real program of six seconds of each: a textured
 * view with a house, which is a privacy zone, and smoke (stripes) that was seen in the analysed
 * stream.
 */
@Timeout(120)
class MainClipIT {
  private static final Zone HOUSE = Cameras.box("house", 0.2, 0.2, 0.4, 0.5);

  /** Well within the zone, so that no block of the encoder reaches in. */
  private static final Rect INSIDE = new Rect(144, 88, 96, 80);

  private static final Rect PLUME = new Rect(400, 96, 96, 96);
  private static final Region REGION = new Region(0.58, 0.2, 0.24, 0.42);
  private static final Instant MAIN_AT = Instant.ofEpochSecond(1);
  private static final Instant SOURCE_AT = Instant.ofEpochSecond(2);

  @TempDir Path folder;
  private final BlockingQueue<Clip> clips = new LinkedBlockingQueue<>();
  private final BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();

  /** The maker's time. */
  private final AtomicLong nanos = new AtomicLong();

  /** At which look at it 200 s have passed. */
  private int late;

  /** What passes of it until it is told whether the clip of mainSource is recognised. */
  private Duration tells = Duration.ZERO;

  private final Background ground = new Background();
  private Mat view = new Mat();
  private ClipMaker maker;
  private Path main;
  private Path source;

  @BeforeAll
  static void loadsOpenCv() {
    Natives.load();
  }

  @BeforeEach
  void opens() throws IOException {
    maker =
        new ClipMaker(
            folder.resolve("clips"), new ArrayBlockingQueue<>(ClipMaker.WAITING), this::look);
    main = maker.newFolder();
    source = Files.createDirectory(main.resolve("source"));
    view = OtherStream.view(1);
    learn(view);
  }

  @AfterEach
  void closes() {
    maker.close();
    ground.close();
    view.close();
    assertThat(folder.resolve("clips")).doesNotExist();
  }

  private long look() {
    return nanos.addAndGet(--late == 0 ? nanos(200) : 0);
  }

  private void learn(Mat still) {
    try (PointerScope _ = new PointerScope()) {
      for (int s = 0; s <= 126; s += 7) {
        ground.learn(still, nanos(s));
      }
    }
  }

  private static long nanos(int second) {
    return Duration.ofSeconds(second).toNanos();
  }

  /** What a stream that is zoomed in shows. */
  private void zoomed(Path segments) throws Exception {
    try (PointerScope _ = new PointerScope()) {
      record(segments, OtherStream.part(view, 0.05, 0.05, 0.9, 0.9, 640));
    }
  }

  private static void record(Path segments, Mat scene) throws Exception {
    byte[] bgr = new byte[640 * 360 * 3];
    try (Mat burning = scene.clone()) {
      EvidenceIT.stripes(burning, PLUME);
      burning.data().get(bgr);
    }
    Footage.segments(
        segments,
        out -> {
          for (int i = 0; i < 60; i++) {
            out.write(bgr);
          }
        });
  }

  private ClipOrder order(List<Zone> privacy) {
    return order(main, true, Optional.of(order(source, false, Optional.empty(), privacy)), privacy);
  }

  /** Seconds 1 to 5. */
  private ClipOrder order(
      Path segments, boolean main, Optional<ClipOrder> instead, List<Zone> privacy) {
    List<Ring.Segment> recorded = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      recorded.add(
          new Ring.Segment(segments.resolve(i + ".mkv"), nanos(2 * i), nanos(2 * i + 2), 1));
    }
    return new ClipOrder(
        "cam-1",
        segments,
        recorded,
        main,
        instead,
        main ? this::tell : _ -> {},
        nanos(1),
        nanos(5),
        main ? MAIN_AT : SOURCE_AT,
        ground.copy(),
        640,
        privacy,
        List.of(new ClipOrder.Spared(nanos(3), List.of(REGION))),
        false,
        this::take);
  }

  private void tell(boolean same) {
    nanos.addAndGet(tells.toNanos());
    told.add(same);
  }

  /** The file is copied, since it is only lent. */
  private void take(Clip clip) {
    try {
      if (clip instanceof Clip.Made made) {
        Files.copy(made.file(), folder.resolve("clip.mp4"));
      }
      clips.add(clip);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Clip await() throws InterruptedException {
    Clip clip = clips.poll(60, TimeUnit.SECONDS);
    assertThat(clip).as("a clip within 60 s").isNotNull();
    return clip;
  }

  /** Of each picture of the clip. */
  private List<Double> details(Rect box) throws IOException {
    List<Double> details = new ArrayList<>();
    try (FileFrames frames = new FileFrames(folder.resolve("clip.mp4"), Sampling.rate(60));
        Mat picture = new Mat(360, 640, opencv_core.CV_8UC3)) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        picture.data().put(frame.bgr());
        details.add(EvidenceIT.detail(picture, box));
      }
    }
    assertThat(details).hasSizeBetween(20, 21);
    return details;
  }

  private static Instant takenAt(Clip clip) {
    return clip instanceof Clip.Made made ? made.takenAt() : Instant.EPOCH;
  }

  @Test
  void isCutFromMainSourceWhereThatShowsTheSameView() throws Exception {
    // Nothing of the other stream can be decoded.
    record(main, view);
    maker.accept(order(List.of(HOUSE)));
    assertThat(takenAt(await())).isEqualTo(MAIN_AT);
    assertThat(told).containsExactly(true);
    assertThat(details(INSIDE)).allMatch(detail -> detail < 2);
  }

  @Test
  void isCutFromSourceWhereNobodyCanTellThatMainSourceShowsTheSameView() throws Exception {
    zoomed(main);
    record(source, view);
    maker.accept(order(List.of(HOUSE)));
    assertThat(takenAt(await())).isEqualTo(SOURCE_AT);
    assertThat(told).containsExactly(false);
    assertThat(details(INSIDE)).allMatch(detail -> detail < 2);
    assertThat(details(PLUME)).as("smoke is where it was seen").anyMatch(detail -> detail > 25);
  }

  /** Smoke is pixelated in what may show another view. */
  @Test
  void isCutFromSourceSoThatSmokeIsSeenAlsoWithoutPrivacyZones() throws Exception {
    zoomed(main);
    record(source, view);
    maker.accept(order(List.of()));
    assertThat(takenAt(await())).isEqualTo(SOURCE_AT);
    assertThat(details(PLUME)).anyMatch(detail -> detail > 25);
  }

  @Test
  void isMadeAnewInWhatIsLeftOfItsFiveMinutes() throws Exception {
    tells = Duration.ofMinutes(4);
    zoomed(main);
    record(source, view);
    maker.accept(order(List.of(HOUSE)));
    assertThat(takenAt(await())).isEqualTo(SOURCE_AT);
  }

  @Test
  void isMadeFromSourceWhereMainSourceTakesTooLong() throws Exception {
    // Once it is decoded.
    late = 3;
    record(main, view);
    record(source, view);
    maker.accept(order(List.of(HOUSE)));
    assertThat(takenAt(await())).isEqualTo(SOURCE_AT);
    assertThat(told).containsExactly(false);
  }

  @Test
  void isWithheldWhereItsFiveMinutesAreOverBeforeItIsMadeAnew() throws Exception {
    tells = Duration.ofMinutes(5);
    zoomed(main);
    record(source, view);
    maker.accept(order(List.of(HOUSE)));
    assertThat(await())
        .isInstanceOfSatisfying(
            Clip.Withheld.class, w -> assertThat(w.reason()).contains("longer than 5 min"));
  }

  @Test
  void isWithheldWhereTheViewOfNeitherStreamCanBeTold() throws Exception {
    zoomed(main);
    record(source, view);
    try (Mat other = new Mat(360, 480, opencv_core.CV_8UC3, Scalar.all(200))) {
      learn(other);
    }
    maker.accept(order(List.of(HOUSE)));
    assertThat(await())
        .isInstanceOfSatisfying(
            Clip.Withheld.class,
            w -> assertThat(w.reason()).contains("source, 640x360, shows the view"));
  }

  @Test
  void isWithheldWhereNothingOfSourceWasRecorded() throws Exception {
    zoomed(main);
    maker.accept(order(main, true, Optional.empty(), List.of(HOUSE)));
    assertThat(await())
        .isInstanceOfSatisfying(
            Clip.Withheld.class, w -> assertThat(w.reason()).contains("mainSource, 640x360"));
  }
}
