package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.Java2DFrameConverter;
import org.cityedge.video.Sampling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFramesTest {
  @TempDir Path folder;

  @Test
  void samplesByTheTimeOfTheFile() throws Exception {
    List<Long> millis = new ArrayList<>();
    try (FileFrames frames = new FileFrames(clip(320, 180), Sampling.rate(2))) {
      for (var frame = frames.next(); frame != null; frame = frames.next()) {
        assertThat(frame.width()).isEqualTo(320);
        assertThat(frame.height()).isEqualTo(180);
        millis.add(frame.at().toEpochMilli());
        assertThat(frame.nanos()).isEqualTo(frame.at().toEpochMilli() * 1_000_000);
      }
    }
    assertThat(millis).containsExactly(0L, 500L, 1_000L, 1_500L);
  }

  @Test
  void scalesWidePicturesDownAndKeepsTheirAspect() throws Exception {
    try (FileFrames frames = new FileFrames(clip(1280, 720), Sampling.rate(1))) {
      var frame = Objects.requireNonNull(frames.next());

      assertThat(frame.width()).isEqualTo(640);
      assertThat(frame.height()).isEqualTo(360);
      int middle = 3 * (180 * 640 + 320);
      assertThat(frame.bgr()[middle] & 0xff).as("blue").isLessThan(60);
      assertThat(frame.bgr()[middle + 2] & 0xff).as("red").isGreaterThan(180);
    }
  }

  @Test
  void saysWhichFileCannotBeDecodedAndWhy() throws Exception {
    Path text = Files.writeString(folder.resolve("notes.mp4"), "not a video");
    Map<Path, String> reasons =
        Map.of(
            text,
            "not a video that FFmpeg knows",
            folder.resolve("absent.mp4"),
            "there is no such file",
            folder,
            "it is a folder");
    for (Map.Entry<Path, String> expected : reasons.entrySet()) {
      try (FileFrames frames = new FileFrames(expected.getKey(), Sampling.rate(2))) {
        assertThatThrownBy(frames::next)
            .isInstanceOf(IOException.class)
            .hasMessage("cannot decode %s: %s", expected.getKey(), expected.getValue());
      }
    }
  }

  @Test
  void closesMoreThanOnce() throws Exception {
    FileFrames frames = new FileFrames(clip(320, 180), Sampling.rate(2));
    assertThat(frames.next()).isNotNull();
    frames.close();
    frames.close();
  }

  /** Two seconds of red at 10 pictures a second, motion JPEG. */
  private Path clip(int width, int height) throws Exception {
    Path file = folder.resolve("red-" + width + ".avi");
    var image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, 0xe01010);
      }
    }
    try (FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(file.toFile(), width, height);
        Java2DFrameConverter converter = new Java2DFrameConverter()) {
      recorder.setFormat("avi");
      recorder.setVideoCodec(avcodec.AV_CODEC_ID_MJPEG);
      recorder.setFrameRate(10);
      recorder.start();
      for (int i = 0; i < 20; i++) {
        Frame frame = converter.convert(image);
        recorder.record(frame);
      }
    }
    return file;
  }
}
