package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Cameras;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;
import org.cityedge.video.Zone;
import org.cityedge.video.privacy.PrivacyMask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pictures of 640x360 pixels; a grey scene in which striped boxes appear. */
class EvidenceIT {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final Rect WALKER = new Rect(64, 96, 64, 160);
  private static final Rect PLUME = new Rect(400, 96, 96, 96);

  /** The plume's box with a margin, as a detector reports it. */
  private static final Region REGION = new Region(0.58, 0.2, 0.24, 0.42);

  private final Evidence evidence = new Evidence();
  private final Mat scene = new Mat(HEIGHT, WIDTH, opencv_core.CV_8UC3, Scalar.all(120));

  @BeforeAll
  static void loadsOpenCv() {
    Natives.load();
  }

  @Test
  void withholdsUntilItKnowsWhatStandsStill() {
    evidence.learn(frame(scene, 0));
    assertThat(evidence.picture(frame(scene, 1), smoke())).isInstanceOf(Picture.Withheld.class);
  }

  /** Somebody may stand there from the start. */
  @Test
  void pixelatesAllButTheSmokeInTheFirstTwoMinutes() {
    stripes(scene, WALKER);
    stripes(scene, PLUME);
    for (int s = 0; s < 100; s += 5) {
      evidence.learn(frame(scene, s));
    }
    assertThat(detail(taken(Kind.CROWD), WALKER)).isLessThan(4);
    Mat picture = taken(Kind.SMOKE);
    assertThat(detail(picture, WALKER)).isLessThan(4);
    assertThat(detail(picture, PLUME)).isGreaterThan(30);
  }

  @Test
  void pixelatesWhatMovesOutsideOfTheSmoke() {
    learn();
    stripes(scene, WALKER);
    stripes(scene, PLUME);
    Mat picture = taken(Kind.SMOKE);
    assertThat(detail(picture, WALKER)).isLessThan(4);
    assertThat(detail(picture, PLUME)).isGreaterThan(30);
  }

  @Test
  void pixelatesWhatMovesInsideOfTheCrowdAsWell() {
    learn();
    stripes(scene, WALKER);
    stripes(scene, PLUME);
    Mat picture = taken(Kind.CROWD);
    assertThat(detail(picture, WALKER)).isLessThan(4);
    assertThat(detail(picture, PLUME)).isLessThan(4);
  }

  @Test
  void leavesWhatStandsStillClear() {
    stripes(scene, WALKER);
    learn();
    assertThat(detail(taken(Kind.SMOKE), WALKER)).isGreaterThan(30);
  }

  @Test
  void someoneWhoStopsForMinutesStaysPixelated() {
    learn();
    stripes(scene, WALKER);
    for (int s = 127; s < 307; s++) {
      evidence.learn(frame(scene, s));
    }
    assertThat(detail(taken(Kind.SMOKE), WALKER)).isLessThan(4);
  }

  @Test
  void pixelatesAFaceThatStandsStillInsideTheSmoke() {
    face(scene, 448, 140, 60);
    learn();
    Rect eyes = new Rect(418, 112, 60, 30);
    assertThat(detail(scene, eyes)).isGreaterThan(20);
    Mat picture = taken(Kind.SMOKE);
    assertThat(detail(picture, eyes)).isLessThan(0.6 * detail(scene, eyes));
  }

  @Test
  void fitsIntoAMessageAndCarriesNoExif() {
    learn();
    byte[] noise = new byte[WIDTH * HEIGHT * 3];
    new Random(1).nextBytes(noise);
    scene.data().put(noise);
    for (int s = 130; s < 4110; s += 5) {
      evidence.learn(frame(scene, s));
    }
    byte[] jpeg = jpeg(Kind.SMOKE);
    assertThat(jpeg).hasSizeLessThanOrEqualTo(64 * 1024).startsWith(0xff, 0xd8, 0xff, 0xe0);
    assertThat(indexOf(jpeg, new byte[] {'E', 'x', 'i', 'f'})).isNegative();
  }

  @Test
  void drawsZonesAndRegionsOnTheAnnotatedPictureAlone() {
    try (Evidence drawing = new Evidence(List.of(Cameras.box("plaza", 0.1, 0.1, 0.5, 0.9)))) {
      for (int s = 0; s <= 126; s += 7) {
        drawing.learn(frame(scene, s));
      }
      stripes(scene, WALKER);
      Picture.Masked picture =
          (Picture.Masked) drawing.picture(frame(scene, 5000), observation(Kind.CROWD));
      Mat clean = decoded(picture.jpeg());
      Mat annotated = decoded(picture.annotated().orElseThrow());
      assertThat(picture.annotated().orElseThrow()).hasSizeLessThanOrEqualTo(64 * 1024);
      Rect zonesEdge = new Rect(310, 290, 20, 20);
      Rect regionsEdge = new Rect(516, 60, 10, 30);
      assertThat(detail(clean, zonesEdge)).isLessThan(4);
      assertThat(detail(annotated, zonesEdge)).isGreaterThan(10);
      assertThat(detail(annotated, regionsEdge)).isGreaterThan(10);
      // Off the lines it is as masked as the other.
      assertThat(detail(annotated, new Rect(72, 104, 48, 140))).isLessThan(4);
    }
  }

  @Test
  void theOriginalIsNotMasked() {
    stripes(scene, WALKER);
    Original original = evidence.original(frame(scene, 1)).orElseThrow();
    assertThat(detail(decoded(original.jpeg()), WALKER)).isGreaterThan(30);
    assertThat(original.jpeg()).hasSizeLessThanOrEqualTo(512 * 1024);
  }

  @Test
  void showsAndKeepsNothingWhileTheViewIsInDoubt() {
    learn();
    evidence.doubt("it was turned");
    assertThat(evidence.picture(frame(scene, 130), smoke()))
        .isEqualTo(new Picture.Withheld("it was turned"));
    assertThat(evidence.original(frame(scene, 130))).isEmpty();
    assertThatThrownBy(evidence::ground).hasMessage("it was turned");
    evidence.learn(frame(scene, 131));
    assertThat(evidence.picture(frame(scene, 131), smoke())).isInstanceOf(Picture.Withheld.class);

    evidence.recognised();
    assertThat(evidence.picture(frame(scene, 132), smoke())).isInstanceOf(Picture.Masked.class);
  }

  private static Mat decoded(byte[] jpeg) {
    return opencv_imgcodecs.imdecode(new Mat(jpeg), opencv_imgcodecs.IMREAD_COLOR);
  }

  /**
   * The zone is random, the scene around it and inside it is too: whatever was in the zone, the
   * pictures that leave are the same to the last byte.
   */
  @Test
  void noPixelOfAPrivacyZoneIsInAnythingThatLeaves() {
    long seed = Long.getLong("cityedge.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 8; round++) {
      double left = random.nextDouble(0.7);
      double top = random.nextDouble(0.7);
      Zone zone = Cameras.box("house", left, top, left + 0.05 + random.nextDouble(0.25), top + 0.2);
      List<byte[]> one = leaving(zone, random.nextLong(), seed + round);
      List<byte[]> other = leaving(zone, random.nextLong(), seed + round);
      assertThat(one).as("seed " + seed + ", round " + round).hasSize(2);
      for (int i = 0; i < one.size(); i++) {
        assertThat(one.get(i)).as("seed " + seed + ", round " + round).isEqualTo(other.get(i));
      }
    }
  }

  /** Clean and annotated picture of a scene of which only the zone's content differs. */
  private static List<byte[]> leaving(Zone zone, long inside, long outside) {
    try (Evidence evidence = new Evidence(List.of(zone))) {
      for (int s = 0; s <= 126; s += 7) {
        evidence.learn(covered(zone, inside + s, outside, s));
      }
      Picture picture =
          evidence.picture(covered(zone, inside - 1, outside, 130), observation(Kind.SMOKE));
      Picture.Masked masked = (Picture.Masked) picture;
      return List.of(masked.jpeg(), masked.annotated().orElseThrow());
    }
  }

  /** As the stream hands frames over: the zone blackened, before anybody sees them. */
  private static Frame covered(Zone zone, long inside, long outside, int second) {
    byte[] bgr = new byte[WIDTH * HEIGHT * 3];
    Random in = new Random(inside);
    Random out = new Random(outside);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        boolean hidden = zone.contains((x + 0.5) / WIDTH, (y + 0.5) / HEIGHT);
        int block = out.nextInt(40) + (x / 40 * 31 + y / 40 * 17) % 150;
        byte value = (byte) (hidden ? in.nextInt(256) : block);
        int at = (y * WIDTH + x) * 3;
        bgr[at] = value;
        bgr[at + 1] = value;
        bgr[at + 2] = value;
      }
    }
    new PrivacyMask(List.of(zone)).cover(bgr, WIDTH, HEIGHT);
    return new Frame(WIDTH, HEIGHT, bgr, Duration.ofSeconds(second).toNanos(), Instant.EPOCH);
  }

  @Test
  void learnsAnewWhenThePictureChangesItsSize() {
    learn();
    Mat other = new Mat(480, 640, opencv_core.CV_8UC3, Scalar.all(120));
    evidence.learn(frame(other, 130));
    assertThat(evidence.picture(frame(other, 131), smoke())).isInstanceOf(Picture.Withheld.class);
  }

  /** For longer than it takes to settle. */
  private void learn() {
    for (int s = 0; s <= 126; s += 7) {
      evidence.learn(frame(scene, s));
    }
  }

  private Mat taken(Kind kind) {
    Mat encoded = new Mat(jpeg(kind));
    return opencv_imgcodecs.imdecode(encoded, opencv_imgcodecs.IMREAD_COLOR);
  }

  private byte[] jpeg(Kind kind) {
    Picture picture = evidence.picture(frame(scene, 5000), observation(kind));
    assertThat(picture).isInstanceOf(Picture.Masked.class);
    return ((Picture.Masked) picture).jpeg();
  }

  private static Observation smoke() {
    return observation(Kind.SMOKE);
  }

  private static Observation observation(Kind kind) {
    return new Observation(
        "cam-1",
        "frame",
        kind,
        "test/1",
        1,
        OptionalDouble.empty(),
        true,
        Map.of(),
        List.of(REGION),
        0,
        Instant.EPOCH);
  }

  private static Frame frame(Mat picture, int second) {
    byte[] bgr = new byte[picture.rows() * picture.cols() * 3];
    picture.data().get(bgr);
    long nanos = Duration.ofSeconds(second).toNanos();
    return new Frame(picture.cols(), picture.rows(), bgr, nanos, Instant.ofEpochSecond(second));
  }

  /** How much neighbouring pixels differ inside the mosaic's blocks: mean of the Laplacian. */
  static double detail(Mat picture, Rect box) {
    Mat grey = new Mat();
    opencv_imgproc.cvtColor(new Mat(picture, box), grey, opencv_imgproc.COLOR_BGR2GRAY);
    Mat edges = new Mat();
    opencv_imgproc.Laplacian(grey, edges, opencv_core.CV_32F);
    return opencv_core.mean(opencv_core.abs(edges).asMat()).get(0);
  }

  static void stripes(Mat picture, Rect box) {
    for (int y = box.y(); y < box.y() + box.height(); y += 4) {
      Rect stripe = new Rect(box.x(), y, box.width(), 2);
      opencv_imgproc.rectangle(picture, stripe, Scalar.all(240), -1, 8, 0);
    }
  }

  /** A drawn face, plain enough to own and good enough for the cascade. */
  static void face(Mat picture, int x, int y, int radius) {
    ellipse(picture, x, y, radius * 3 / 4, radius, 200);
    ellipse(picture, x - radius / 3, y - radius / 5, radius / 5, radius / 9, 40);
    ellipse(picture, x + radius / 3, y - radius / 5, radius / 5, radius / 9, 40);
    ellipse(picture, x - radius / 3, y - radius * 2 / 5, radius / 4, radius / 16, 60);
    ellipse(picture, x + radius / 3, y - radius * 2 / 5, radius / 4, radius / 16, 60);
    ellipse(picture, x, y + radius / 6, radius / 8, radius / 5, 170);
    ellipse(picture, x, y + radius / 2, radius / 4, radius / 12, 70);
  }

  private static void ellipse(Mat picture, int x, int y, int width, int height, int grey) {
    opencv_imgproc.ellipse(
        picture,
        new Point(x, y),
        new Size(width, height),
        0,
        0,
        360,
        Scalar.all(grey),
        -1,
        opencv_imgproc.LINE_AA,
        0);
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    for (int i = 0; i + wanted.length <= bytes.length; i++) {
      if (java.util.Arrays.mismatch(bytes, i, i + wanted.length, wanted, 0, wanted.length) < 0) {
        return i;
      }
    }
    return -1;
  }
}
