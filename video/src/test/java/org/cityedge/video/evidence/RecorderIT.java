package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Cameras;
import org.cityedge.video.Clip;
import org.cityedge.video.Footage;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.RtspServer;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.cityedge.video.Zone;
import org.cityedge.video.source.FileFrames;
import org.cityedge.video.source.LiveStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real child that plays a file in real time, its ring, and the clips of it. */
@Timeout(120)
class RecorderIT {
  private static final EvidenceConfig CONFIG =
      new EvidenceConfig(
          true,
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          1 << 20,
          EvidenceConfig.DEFAULT.keep(),
          EvidenceConfig.DEFAULT.originals());

  private static final Zone HOUSE = Cameras.box("house", 0.2, 0.2, 0.4, 0.5);

  @TempDir Path folder;
  private final LinkedBlockingQueue<Clip> clips = new LinkedBlockingQueue<>();
  private final Evidence evidence = new Evidence();
  private CameraConfig camera;
  private ClipMaker maker;
  private Recorder recorder;
  private int pictures;
  private int width;

  @BeforeAll
  static void loadsOpenCv() {
    Natives.load();
  }

  @BeforeEach
  void opens() throws Exception {
    Path file = folder.resolve("scene.mp4");
    Footage.pattern(file, 12);
    camera = Cameras.of(Source.of(file.toUri()));
    maker = new ClipMaker(folder.resolve("clips"));
    recorder = recorder(folder.resolve("ring"));
  }

  private Recorder recorder(Path ring) {
    return new Recorder(
        camera, CONFIG, maker, ring, KeyFiles.in(folder), System::nanoTime, Clock.systemUTC());
  }

  @AfterEach
  void closes() {
    recorder.close();
    maker.close();
    evidence.close();
  }

  private void learn() {
    try (Mat still = new Mat(240, 320, opencv_core.CV_8UC3, Scalar.all(120))) {
      learn(still);
    }
  }

  private void learn(Mat still) {
    byte[] bgr = pixels(still);
    for (int s = 0; s < 20; s++) {
      evidence.learn(
          new Frame(
              still.cols(),
              still.rows(),
              bgr,
              Duration.ofSeconds(s).toNanos(),
              Instant.ofEpochSecond(s)));
    }
  }

  private static byte[] pixels(Mat picture) {
    byte[] bgr = new byte[picture.cols() * picture.rows() * 3];
    picture.data().get(bgr);
    return bgr;
  }

  private LiveStream open() throws IOException {
    return LiveStream.open(
        camera,
        camera.sampling(),
        KeyFiles.in(folder),
        folder,
        new LiveStream.Limits(Duration.ofSeconds(5), LiveStream.Limits.MEMORY_BYTES),
        Clock.systemUTC(),
        System::nanoTime,
        recorder.connecting());
  }

  private void take(Clip clip) {
    if (clip instanceof Clip.Made made) {
      try (FileFrames frames = new FileFrames(made.file(), Sampling.rate(60))) {
        for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
          pictures++;
          width = frame.width();
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    clips.add(clip);
  }

  private Clip withheld() {
    assertThat(clips).hasSize(1);
    assertThat(clips.peek()).isInstanceOf(Clip.Withheld.class);
    return clips.remove();
  }

  @Test
  void aClipBeginsBeforeItsAlertAndEndsAfterIt() throws Exception {
    learn();
    long began = System.nanoTime();
    long alertAt = 0;
    try (LiveStream stream = open()) {
      while (clips.isEmpty()) {
        stream.poll(Duration.ofMillis(300));
        recorder.tick(stream.recordingTrouble());
        if (alertAt == 0 && System.nanoTime() - began > Duration.ofSeconds(5).toNanos()) {
          alertAt = System.nanoTime();
          recorder.order(alertAt, evidence, true, this::take);
        }
      }
    }
    assertThat(clips.remove())
        .isInstanceOfSatisfying(
            Clip.Made.class, made -> assertThat(made.takenAt()).isBetween(ago(10), ago(4)));
    // Four seconds at five a second; a file of the ring is seen up to half a second late.
    assertThat(pictures).isBetween(17, 21);
    try (Stream<Path> left = Files.list(folder.resolve("clips"))) {
      assertThat(left).isEmpty();
    }
  }

  /**
   * A camera whose analysed stream is a file of 320 pixels that shows a drawn view, and is learned.
   * Its stream for evidence is twice as large, so clips tell which one they are cut from.
   *
   * @param main what that shows, 640x360
   */
  private RtspServer startsWithTwoStreams(UnaryOperator<Mat> main, Zone... privacy)
      throws Exception {
    recorder.close();
    Path file = folder.resolve("small.mp4");
    Path picture = folder.resolve("main.png");
    try (PointerScope _ = new PointerScope()) {
      Mat view = OtherStream.view(1);
      Mat small = OtherStream.part(view, 0, 0, 1, 1, 320);
      learn(small);
      byte[] bgr = pixels(small);
      Footage.clip(file, 320, 180, out -> write(out, bgr, 600));
      assertThat(opencv_imgcodecs.imwrite(picture.toString(), main.apply(view))).isTrue();
    }
    RtspServer server = RtspServer.start(picture.toString());
    Optional<URI> uri = Optional.of(URI.create(server.uri()));
    Optional<String> none = Optional.empty();
    camera = Cameras.of(new Source(file.toUri(), uri, Optional.empty(), none, none, none), privacy);
    recorder = recorder(folder.resolve("ring"));
    return server;
  }

  private static void write(OutputStream out, byte[] bgr, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      out.write(bgr);
    }
  }

  @Test
  void cutsClipsFromTheStreamForEvidenceAndFromTheOtherWhileItIsAway() throws Exception {
    try (RtspServer server = startsWithTwoStreams(view -> view, HOUSE);
        LiveStream stream = open()) {
      assertThat(clip(stream, Duration.ofSeconds(7))).isInstanceOf(Clip.Made.class);
      assertThat(width).isEqualTo(640);
      assertThat(recorder.lack()).isEmpty();
      server.kill();
      assertThat(clip(stream, Duration.ofSeconds(3))).isInstanceOf(Clip.Made.class);
      assertThat(width).isEqualTo(320);
    }
    recorder.close();
    assertThat(folder.resolve("ring")).doesNotExist();
  }

  @Test
  void cutsClipsFromTheAnalysedStreamWhereTheOneForEvidenceIsZoomedAndNoLongerRecordsThat()
      throws Exception {
    try (RtspServer _ =
            startsWithTwoStreams(v -> OtherStream.part(v, 0.05, 0.05, 0.9, 0.9, 640), HOUSE);
        LiveStream stream = open()) {
      assertThat(clip(stream, Duration.ofSeconds(7))).isInstanceOf(Clip.Made.class);
      assertThat(width).isEqualTo(320);
      recorder.tick(Optional.empty());
      assertThat(folder.resolve("ring/main")).doesNotExist();
      assertThat(recorder.lack()).contains(MainSource.OTHER_VIEW);
      assertThat(clip(stream, Duration.ofSeconds(3))).isInstanceOf(Clip.Made.class);
      assertThat(width).isEqualTo(320);
    }
  }

  @Test
  void recordsOnWhenSomebodyRemovesItsFolder() throws Exception {
    learn();
    recorder.close();
    Path file = folder.resolve("longer.mp4");
    Footage.pattern(file, 40);
    camera = Cameras.of(Source.of(file.toUri()));
    Path ring = folder.resolve("ring");
    recorder = recorder(ring);
    try (LiveStream stream = open()) {
      assertThat(clip(stream, Duration.ofSeconds(3))).isInstanceOf(Clip.Made.class);
      Ring.remove(ring);
      assertThat(clip(stream, Duration.ofSeconds(6))).isInstanceOf(Clip.Made.class);
    }
  }

  /** Ordered after a while. */
  private Clip clip(LiveStream stream, Duration wait) throws Exception {
    long began = System.nanoTime();
    boolean ordered = false;
    while (clips.isEmpty()) {
      stream.poll(Duration.ofMillis(300));
      recorder.tick(stream.recordingTrouble());
      if (!ordered && System.nanoTime() - began > wait.toNanos()) {
        ordered = true;
        recorder.order(System.nanoTime(), evidence, true, this::take);
      }
    }
    return clips.remove();
  }

  private static Instant ago(int seconds) {
    return Instant.now().minusSeconds(seconds);
  }

  @Test
  void withholdsBeforeItIsKnownWhatStandsStill() {
    recorder.order(System.nanoTime(), evidence, true, this::take);
    assertThat(withheld().toString()).contains("nothing was seen yet");
  }

  @Test
  void withholdsAThirdClipOfOneCamera() {
    learn();
    for (int i = 0; i < Recorder.WAITING; i++) {
      recorder.order(System.nanoTime(), evidence, true, this::take);
    }
    assertThat(clips).isEmpty();
    recorder.order(System.nanoTime(), evidence, true, this::take);
    assertThat(withheld().toString()).contains("2 clips of this camera");
  }

  @Test
  void withholdsAndRecordsNothingWhenItsFolderCannotBeUsed() throws IOException {
    recorder.close();
    recorder = recorder(Files.createFile(folder.resolve("a file")));
    assertThat(recorder.connecting()).isEmpty();
    recorder.order(System.nanoTime(), evidence, true, this::take);
    assertThat(withheld().toString()).contains("nothing is recorded");
  }

  @Test
  void recordsOnceItsFolderCanBeUsed() throws IOException {
    recorder.close();
    Path inTheWay = Files.createFile(folder.resolve("a file"));
    recorder = recorder(inTheWay);
    assertThat(recorder.connecting()).isEmpty();
    Files.delete(inTheWay);
    assertThat(recorder.connecting()).isPresent();
  }

  @Test
  void withholdsWhatWasRecordedWhileTheViewWasInDoubt() {
    learn();
    long longAgo = System.nanoTime() - Duration.ofMinutes(5).toNanos();
    recorder.order(longAgo, evidence, true, this::take);
    recorder.doubt(longAgo + Duration.ofSeconds(1).toNanos());
    recorder.tick(Optional.empty());
    assertThat(withheld().toString()).contains("privacy zones may lie elsewhere");
  }

  @Test
  void withholdsWhenTheStreamWasAway() {
    learn();
    long longAgo = System.nanoTime() - Duration.ofMinutes(5).toNanos();
    recorder.doubt(longAgo - Duration.ofMinutes(1).toNanos());
    recorder.order(longAgo, evidence, true, this::take);
    recorder.tick(Optional.empty());
    assertThat(withheld().toString()).contains("nothing was recorded");
  }
}
