package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.cityedge.video.Cameras;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Zone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pictures of a camera's stream for evidence; whole clips are {@link ClipMakerIT}'s. */
class ClipMaskTest {
  private static final Zone HOUSE = Cameras.box("house", 0.2, 0.2, 0.4, 0.5);
  private static final Rect PLUME = new Rect(400, 96, 96, 96);
  private static final Region REGION = new Region(0.58, 0.2, 0.24, 0.42);

  private final Background ground = new Background();
  private final List<byte[]> masked = new ArrayList<>();
  private final List<Boolean> told = new ArrayList<>();
  private Mat view = new Mat();

  @BeforeAll
  static void loadOpenCv() {
    Natives.load();
  }

  @BeforeEach
  void learns() {
    view = OtherStream.view(1);
    try (PointerScope _ = new PointerScope()) {
      for (int s = 0; s <= 126; s += 7) {
        ground.learn(view, Duration.ofSeconds(s).toNanos());
      }
    }
  }

  @AfterEach
  void close() {
    ground.close();
    view.close();
  }

  private void mask(Mat picture, List<Zone> privacy) throws IOException {
    mask(Collections.nCopies(4, picture), privacy);
  }

  private void mask(List<Mat> pictures, List<Zone> privacy) throws IOException {
    ClipOrder order =
        new ClipOrder(
            "cam-1",
            Path.of("unused"),
            List.of(),
            true,
            Optional.empty(),
            told::add,
            0,
            1,
            Instant.EPOCH,
            ground,
            640,
            privacy,
            List.of(new ClipOrder.Spared(0, List.of(REGION))),
            false,
            clip -> {});
    byte[] bgr = new byte[640 * 360 * 3];
    try (People people = new People()) {
      ClipMask mask = new ClipMask(order, people, 640, 360, one -> masked.add(one.clone()));
      for (int i = 0; i < pictures.size(); i++) {
        pictures.get(i).data().get(bgr);
        mask.add(bgr, i);
      }
      mask.finish();
    }
  }

  /** Of the last picture. */
  private double detail(Rect box) {
    Mat picture = new Mat(360, 640, opencv_core.CV_8UC3);
    picture.data().put(masked.getLast());
    return EvidenceIT.detail(picture, box);
  }

  @Test
  void coversPrivacyZonesInAStreamOfTheSameView() throws Exception {
    try (PointerScope _ = new PointerScope()) {
      mask(view, List.of(HOUSE));
      assertThat(masked).hasSize(4);
      assertThat(told).containsExactly(true);
      assertThat(detail(new Rect(136, 80, 112, 92))).isZero();
    }
  }

  /** At the same shape: zoomed in, or cut from the sensor's middle. */
  @Test
  void refusesPrivacyZonesInAStreamThatShowsAPartOfTheView() {
    try (PointerScope _ = new PointerScope()) {
      Mat part = OtherStream.part(view, 0.05, 0.05, 0.9, 0.9, 640);
      assertThatThrownBy(() -> mask(part, List.of(HOUSE)))
          .isInstanceOf(OtherViewException.class)
          .hasMessageContaining("mainSource, 640x360, shows the view that they were drawn in");
      assertThat(told).containsExactly(false);
    }
  }

  /** The last pictures are fewer than come between two looks. */
  @Test
  void refusesAStreamWhoseLastPicturesShowAPartOfTheView() {
    try (PointerScope _ = new PointerScope()) {
      Mat part = OtherStream.part(view, 0.25, 0.25, 0.5, 0.5, 640);
      List<Mat> pictures = new ArrayList<>(Collections.nCopies(15, view));
      pictures.addAll(Collections.nCopies(10, part));
      assertThatThrownBy(() -> mask(pictures, List.of(HOUSE)))
          .isInstanceOf(OtherViewException.class);
    }
  }

  @Test
  void showsSmokeOnlyInAStreamOfTheViewThatItWasSeenIn() throws Exception {
    try (PointerScope _ = new PointerScope()) {
      Mat same = view.clone();
      EvidenceIT.stripes(same, PLUME);
      mask(same, List.of());
      assertThat(detail(PLUME)).isGreaterThan(30);

      Mat part = OtherStream.part(view, 0.05, 0.05, 0.9, 0.9, 640);
      EvidenceIT.stripes(part, PLUME);
      mask(part, List.of());
      assertThat(detail(PLUME)).isLessThan(8);
    }
  }
}
