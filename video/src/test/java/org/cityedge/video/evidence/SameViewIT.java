package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Sampling;
import org.cityedge.video.source.FileFrames;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Real recordings as the sensor: the analysed stream shows the middle 90 % of it at a low bit rate,
 * the other one the same or a part of it.
 */
class SameViewIT {
  private static final Path FOOTAGE = Path.of("../../shared/footage");
  private static final double EDGE = 0.05;
  private static final double SIDE = 0.9;
  private static final int LOOKS = 8;

  /** Fog, haze, plain walls, a crowd: too little to go by, so that no clip of it may be trusted. */
  private static final List<String> UNTOLD =
      List.of(
          "crowd_atrium_topdown.mp4",
          "crowd_atrium_topdown.mp4, dim",
          "neg_carpark_exposure.mp4, dim",
          "neg_fog_tower_day.mp4",
          "neg_fog_tower_day.mp4, dim",
          "neg_haze_city.mp4",
          "neg_haze_city.mp4, dim",
          "neg_highway_cctv.avi",
          "neg_highway_cctv.avi, dim",
          "smoke_comp_indoor_room.mp4, dim",
          "smoke_vape_close.mp4",
          "smoke_vape_close.mp4, dim",
          "smoke_vape_wall.mp4",
          "smoke_vape_wall.mp4, dim");

  @BeforeAll
  static void loadOpenCv() {
    Natives.load();
  }

  @Test
  void recognisesTheViewOfRecordingsWithTextureAndNeverACropOfThem() throws Exception {
    assumeTrue(Files.isDirectory(FOOTAGE), "no " + FOOTAGE + " beside the repository; skipped");
    List<Path> clips;
    try (Stream<Path> files = Files.list(FOOTAGE)) {
      clips = files.filter(file -> file.toString().matches(".*\\.(avi|mp4)")).sorted().toList();
    }
    assertThat(clips).isNotEmpty();
    List<String> withheld = new ArrayList<>();
    List<String> let = new ArrayList<>();
    for (Path clip : clips) {
      List<Mat> pictures = pictures(clip);
      String name = clip.getFileName().toString();
      try (Background ground = learned(pictures)) {
        if (!recognises(ground, pictures, m -> part(m, EDGE, EDGE, SIDE))) {
          withheld.add(name);
        }
        if (!recognises(
            ground, pictures, m -> OtherStream.tuned(part(m, EDGE, EDGE, SIDE), 0.7, 10, 40))) {
          withheld.add(name + ", dim");
        }
        double[][] others = {
          {0.0725, 0.0725, 0.855},
          {0.05, 0.05, 0.855},
          {0.095, 0.095, 0.81},
          {0.14, 0.14, 0.72},
          {0.0275, 0.0275, 0.945},
          {0.095, 0.05, 0.9},
          {0.05, 0.095, 0.9},
          {0.1, 0.05, 0.9}
        };
        for (double[] other : others) {
          if (recognises(ground, pictures, m -> part(m, other[0], other[1], other[2]))) {
            let.add(name + " " + other[0] + " " + other[1] + " " + other[2]);
          }
        }
      }
      pictures.forEach(Mat::close);
    }
    assertThat(let).isEmpty();
    assertThat(withheld).containsExactlyElementsOf(UNTOLD);
  }

  private static Background learned(List<Mat> pictures) {
    Background ground = new Background();
    for (int i = 0; i < Math.max(40, pictures.size()); i++) {
      try (PointerScope _ = new PointerScope()) {
        Mat picture = part(pictures.get(i % pictures.size()), EDGE, EDGE, SIDE);
        ground.learn(OtherStream.tuned(OtherStream.text(picture), 1, 0, 35), i * 1_000_000_000L);
      }
    }
    return ground;
  }

  private static boolean recognises(
      Background ground, List<Mat> pictures, UnaryOperator<Mat> stream) {
    try (PointerScope _ = new PointerScope()) {
      SameView view = new SameView(ground, List.of());
      for (int i = 0; i < LOOKS; i++) {
        try (PointerScope _ = new PointerScope()) {
          Mat picture = stream.apply(pictures.get(i * pictures.size() / LOOKS));
          view.look(OtherStream.tuned(OtherStream.text(picture), 1, 0, 70));
        }
      }
      return view.isRecognised();
    }
  }

  private static Mat part(Mat picture, double x, double y, double side) {
    return OtherStream.part(picture, x, y, Math.min(side, 1 - x), Math.min(side, 1 - y), 640);
  }

  /** One a second, thirty at most, which is as long as a clip. */
  private static List<Mat> pictures(Path clip) throws Exception {
    List<Mat> pictures = new ArrayList<>();
    try (FileFrames source = new FileFrames(clip, Sampling.rate(1))) {
      for (Frame frame = source.next();
          frame != null && pictures.size() < 30;
          frame = source.next()) {
        Mat picture = new Mat(frame.height(), frame.width(), opencv_core.CV_8UC3);
        picture.data().put(frame.bgr());
        pictures.add(picture);
      }
    }
    return pictures;
  }
}
