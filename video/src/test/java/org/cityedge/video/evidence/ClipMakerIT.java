package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
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
 * Clips of six seconds of a drawn scene, encoded, decoded, masked and encoded again by the real
 * program: a striped walker crosses the picture, a face stands in it all the time, smoke (stripes
 * as well) rises in one place, and a window with something bright in it is a privacy zone.
 */
@Timeout(120)
class ClipMakerIT {
  private static final int SECONDS = 6;
  private static final Rect PLUME = new Rect(448, 32, 96, 96);
  private static final Region PLUMES_REGION = new Region(0.68, 0.07, 0.2, 0.32);
  private static final Rect EYES = new Rect(290, 52, 60, 30);
  private static final Rect WINDOW = new Rect(32, 32, 96, 64);
  private static final Zone WINDOWS_ZONE =
      Cameras.box("window", 31 / 640.0, 31 / 360.0, 129 / 640.0, 97 / 360.0);

  @TempDir Path folder;
  private final LinkedBlockingQueue<Done> done = new LinkedBlockingQueue<>();
  private final Background ground = new Background();
  private ClipMaker maker;
  private Path order;

  /** What came back; the file is copied, since it is only lent. */
  private record Done(Clip clip, Path file) {}

  @BeforeAll
  static void loadsOpenCv() {
    Natives.load();
  }

  @BeforeEach
  void opensTheMaker() throws IOException {
    maker = new ClipMaker(folder.resolve("clips"));
    order = maker.newFolder();
    Mat still = still();
    for (int s = 0; s <= 126; s += 7) {
      ground.learn(still, nanos(s));
    }
  }

  @AfterEach
  void closesTheMaker() {
    maker.close();
    ground.close();
    assertThat(folder.resolve("clips")).doesNotExist();
  }

  private void take(Clip clip) {
    try {
      Path copy = folder.resolve("clip.mp4");
      if (clip instanceof Clip.Made made) {
        Files.copy(made.file(), copy);
        if (made.original().isPresent()) {
          Files.copy(made.original().get(), folder.resolve("original.mp4"));
        }
      }
      done.add(new Done(clip, copy));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Done await() throws InterruptedException {
    Done one = done.poll(60, TimeUnit.SECONDS);
    assertThat(one).as("a clip within 60 s").isNotNull();
    return one;
  }

  /** Seconds 1 to 5 of the scene. */
  private ClipOrder order(List<ClipOrder.Spared> spared) {
    return order(spared, false);
  }

  private ClipOrder order(List<ClipOrder.Spared> spared, boolean original) {
    return order(spared, original, List.of(WINDOWS_ZONE));
  }

  private ClipOrder order(List<ClipOrder.Spared> spared, boolean original, List<Zone> privacy) {
    List<Ring.Segment> segments = new ArrayList<>();
    for (int i = 0; i < SECONDS / 2; i++) {
      segments.add(new Ring.Segment(order.resolve(i + ".mkv"), nanos(2 * i), nanos(2 * i + 2), 1));
    }
    return new ClipOrder(
        "cam-1",
        order,
        segments,
        false,
        Optional.empty(),
        _ -> {},
        nanos(1),
        nanos(5),
        Instant.EPOCH,
        ground.copy(),
        640,
        privacy,
        spared,
        original,
        this::take);
  }

  @Test
  void hidesWalkerFaceAndWindowInEveryPictureAndShowsTheSmoke() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    List<ClipOrder.Spared> smoke = new ArrayList<>();
    for (int s = 0; s < SECONDS; s++) {
      smoke.add(new ClipOrder.Spared(nanos(s), List.of(PLUMES_REGION)));
    }
    assertThat(maker.accept(order(smoke))).isTrue();
    Done one = await();
    assertThat(one.clip()).isInstanceOf(Clip.Made.class);
    double eyesInClear = detail(still(), EYES);
    int pictures = 0;
    try (FileFrames frames = new FileFrames(one.file(), Sampling.rate(60))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        Mat picture = mat(frame);
        double second = 1 + frame.nanos() / 1e9;
        assertThat(detail(picture, walker(second))).as("walker at " + second).isLessThan(8);
        assertThat(detail(picture, PLUME)).as("smoke at " + second).isGreaterThan(25);
        assertThat(detail(picture, EYES)).as("eyes").isLessThan(0.6 * eyesInClear);
        assertThat(brightest(picture, WINDOW)).as("window at " + second).isLessThan(40);
        pictures++;
      }
    }
    assertThat(pictures).isBetween(20, 21);
  }

  private ClipOrder order(Consumer<Clip> whenDone) {
    ClipOrder like = order(List.of());
    return new ClipOrder(
        like.camera(),
        like.folder(),
        like.segments(),
        like.main(),
        like.instead(),
        like.viewTold(),
        like.from(),
        like.until(),
        like.takenAt(),
        like.ground(),
        like.width(),
        like.privacy(),
        like.spared(),
        like.original(),
        whenDone);
  }

  @Test
  void withholdsWhatWaitsWhenItIsClosed() throws Exception {
    CountDownLatch handed = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    // Its segments are missing, so it is handed back at once, and keeps the maker until then.
    maker.accept(
        order(
            _ -> {
              handed.countDown();
              await(closing);
            }));
    await(handed);
    maker.accept(order(this::take));
    Thread closer = Thread.ofPlatform().start(maker::close);
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    closing.countDown();

    assertThat(await().clip())
        .isEqualTo(new Clip.Withheld("the camera was stopped before the clip was made"));
    closer.join();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void hidesTheSmokeWhereNoObservationTellsThatItIsOne() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    maker.accept(order(List.of(new ClipOrder.Spared(nanos(4), List.of(PLUMES_REGION)))));
    List<Double> details = new ArrayList<>();
    try (FileFrames frames = new FileFrames(await().file(), Sampling.rate(60))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        details.add(detail(mat(frame), PLUME));
      }
    }
    assertThat(details.getFirst()).isLessThan(8);
    assertThat(details.getLast()).isGreaterThan(25);
  }

  @Test
  void theOriginalIsTheCamerasOwnPicturesAndIsMadeWhenItIsWantedOnly() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    long recorded = 0;
    for (int i = 0; i < SECONDS / 2; i++) {
      recorded += Files.size(order.resolve(i + ".mkv"));
    }
    maker.accept(order(List.of(), true));
    assertThat(await().file()).isRegularFile();
    // As the room for both is planned.
    assertThat(folder.resolve("original.mp4").toFile().length()).isLessThanOrEqualTo(recorded);
    assertThat(folder.resolve("clip.mp4").toFile().length())
        .isLessThanOrEqualTo(ClipMaker.mostBytes(Duration.ofSeconds(4), 640));
    int pictures = 0;
    try (FileFrames frames = new FileFrames(folder.resolve("original.mp4"), Sampling.rate(60))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        assertThat(detail(mat(frame), walker(frame.nanos() / 1e9))).isGreaterThan(20);
        pictures++;
      }
    }
    assertThat(pictures).isEqualTo(10 * SECONDS);
    Files.delete(folder.resolve("original.mp4"));
    Files.delete(folder.resolve("clip.mp4"));
    order = maker.newFolder();
    Footage.segments(order, ClipMakerIT::draw);
    maker.accept(order(List.of()));
    assertThat(await().file()).isRegularFile();
    assertThat(folder.resolve("original.mp4")).doesNotExist();
  }

  /** ISO 14496-12: the brands, then the index, then the pictures; AVC's own box inside. */
  @Test
  void isAnMp4ThatAPlayerCanBeginAtOnce() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    maker.accept(order(List.of()));
    String bytes = Files.readString(await().file(), StandardCharsets.ISO_8859_1);
    assertThat(bytes.substring(4, 8)).isEqualTo("ftyp");
    assertThat(bytes.indexOf("moov")).isBetween(8, bytes.indexOf("mdat"));
    assertThat(bytes).contains("avc1", "avcC").doesNotContain("Lavf", "soun");
  }

  @Test
  void withholdsWhatCannotBeDecoded() throws Exception {
    Path first = order;
    for (int i = 0; i < SECONDS / 2; i++) {
      Files.writeString(order.resolve(i + ".mkv"), "no recording");
    }
    maker.accept(order(List.of()));
    assertThat(await().clip())
        .isInstanceOfSatisfying(
            Clip.Withheld.class, w -> assertThat(w.reason()).contains("cannot be decoded"));
    order = maker.newFolder();
    maker.accept(order(List.of()));
    assertThat(await().clip()).isInstanceOf(Clip.Withheld.class);
    assertThat(first).doesNotExist();
  }

  /** The zones were drawn in the analysed stream, of which the ground is. */
  @Test
  void withholdsWhatShowsAnotherViewThanThePrivacyZonesAreFor() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    learnAnotherView();
    maker.accept(order(List.of()));
    assertThat(await().clip())
        .isInstanceOfSatisfying(
            Clip.Withheld.class,
            w -> assertThat(w.reason()).contains("shows the view that they were drawn in"));
  }

  private void learnAnotherView() {
    try (Mat other = new Mat(360, 480, opencv_core.CV_8UC3, Scalar.all(200))) {
      for (int s = 130; s <= 256; s += 7) {
        ground.learn(other, nanos(s));
      }
    }
  }

  /** Where smoke is in the analysed stream, somebody may be in the other one. */
  @Test
  void hidesTheSmokeWhereTheClipShowsAnotherViewThanTheOneItWasSeenIn() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    learnAnotherView();
    List<ClipOrder.Spared> smoke =
        List.of(1, 3, 5).stream()
            .map(s -> new ClipOrder.Spared(nanos(s), List.of(PLUMES_REGION)))
            .toList();
    maker.accept(order(smoke, false, List.of()));
    try (FileFrames frames = new FileFrames(await().file(), Sampling.rate(60))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        assertThat(detail(mat(frame), PLUME)).isLessThan(8);
      }
    }
  }

  /** A camera that is set otherwise meanwhile; the zones lie elsewhere in what it sends then. */
  @Test
  void withholdsWhatChangesItsShapeOnTheWay() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    Footage.clip(order.resolve("2.mkv"), 480, 360, out -> out.write(new byte[20 * 480 * 360 * 3]));
    maker.accept(order(List.of()));
    assertThat(await().clip())
        .isInstanceOfSatisfying(
            Clip.Withheld.class, w -> assertThat(w.reason()).contains("changed its picture size"));
  }

  /** What was ordered with the zones of before would show what a new one hides. */
  @Test
  void withholdsWhatWasOrderedBeforeAPrivacyZoneWasAdded() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    ClipOrder before = order(List.of());
    maker.zones(before.camera(), List.of(WINDOWS_ZONE, Cameras.box("door", 0.5, 0.5, 0.6, 0.9)));
    maker.accept(before);
    assertThat(await().clip())
        .isInstanceOfSatisfying(
            Clip.Withheld.class, w -> assertThat(w.reason()).contains("zones are others now"));
  }

  @Test
  void withholdsWhatComesWhileTooManyWait() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    int refused = 0;
    for (int i = 0; i < ClipMaker.WAITING + 2; i++) {
      refused += maker.accept(order(List.of())) ? 0 : 1;
    }
    assertThat(refused).isPositive();
    assertThat(await().clip())
        .isInstanceOfSatisfying(
            Clip.Withheld.class, w -> assertThat(w.reason()).contains("clips wait"));
  }

  @Test
  @Timeout(30)
  void doesNotWaitForAChildThatHangsWhenItIsClosed() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    maker.accept(order(List.of()));
    Optional<ProcessHandle> child = Optional.empty();
    while (child.isEmpty() && done.isEmpty()) {
      child = ProcessHandle.current().children().findFirst();
      Thread.onSpinWait();
    }
    String pid = String.valueOf(child.orElseThrow().pid());
    assertThat(new ProcessBuilder("kill", "-STOP", pid).start().waitFor()).isZero();
    maker.close();
    assertThat(child.orElseThrow().isAlive()).isFalse();
    assertThat(done).allSatisfy(d -> assertThat(d.clip()).isInstanceOf(Clip.Withheld.class));
  }

  /** Whoever opens a pipe that nobody reads hangs. */
  @Test
  @Timeout(60)
  void doesNotWaitForAChildThatJoinsAnOriginalAndHangsWhenItIsClosed() throws Exception {
    Footage.segments(order, ClipMakerIT::draw);
    String pipe = order.resolve("original.mp4").toString();
    assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
    maker.accept(order(List.of(), true));
    Optional<ProcessHandle> child = Optional.empty();
    while (child.isEmpty() && done.isEmpty()) {
      child =
          ProcessHandle.current()
              .children()
              .filter(c -> c.info().commandLine().orElse("").contains("original.mp4"))
              .findFirst();
      Thread.onSpinWait();
    }
    maker.close();
    assertThat(child.orElseThrow().isAlive()).isFalse();
    assertThat(await().clip())
        .isInstanceOfSatisfying(Clip.Made.class, made -> assertThat(made.original()).isEmpty());
  }

  private static long nanos(int second) {
    return Duration.ofSeconds(second).toNanos();
  }

  private static Rect walker(double second) {
    return new Rect((int) (20 + 80 * second), 176, 64, 144);
  }

  private static Mat still() {
    Mat scene = new Mat(360, 640, opencv_core.CV_8UC3, Scalar.all(120));
    EvidenceIT.face(scene, 320, 80, 60);
    EvidenceIT.stripes(scene, WINDOW);
    return scene;
  }

  private static void draw(java.io.OutputStream out) throws IOException {
    byte[] bgr = new byte[640 * 360 * 3];
    for (int i = 0; i < 10 * SECONDS; i++) {
      Mat scene = still();
      EvidenceIT.stripes(scene, walker(i / 10.0));
      EvidenceIT.stripes(scene, PLUME);
      scene.data().get(bgr);
      scene.close();
      out.write(bgr);
    }
  }

  private static Mat mat(Frame frame) {
    Mat picture = new Mat(frame.height(), frame.width(), opencv_core.CV_8UC3);
    picture.data().put(frame.bgr());
    return picture;
  }

  private static double detail(Mat picture, Rect box) {
    return EvidenceIT.detail(picture, box);
  }

  private static double brightest(Mat picture, Rect box) {
    Mat grey = new Mat();
    opencv_imgproc.cvtColor(new Mat(picture, box), grey, opencv_imgproc.COLOR_BGR2GRAY);
    double brightest = 0;
    for (int y = 0; y < grey.rows(); y++) {
      for (int x = 0; x < grey.cols(); x++) {
        brightest = Math.max(brightest, grey.ptr(y, x).get() & 0xff);
      }
    }
    return brightest;
  }
}
