package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Java2DFrameConverter;
import org.cityedge.video.ModelUse;
import org.cityedge.video.Sampling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalyzeTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void printsOneObjectALineAndASummaryLast() throws Exception {
    int status = run(clip());

    assertThat(status).isZero();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines.getFirst().get("kind").asText()).isEqualTo("crowd");
    assertThat(lines.getFirst().get("persons").asDouble()).isLessThan(1);
    assertThat(lines).noneMatch(line -> line.has("state"));
    JsonNode summary = lines.getLast();
    assertThat(summary.get("kind").asText()).isEqualTo("summary");
    assertThat(summary.get("frames").asInt()).isEqualTo(8);
    assertThat(summary.get("cpuSeconds").asDouble()).isPositive();
  }

  @Test
  void saysOnStandardErrorWhatCannotBeDecoded() throws Exception {
    int status = run(Files.writeString(folder.resolve("notes.mp4"), "not a video"));

    assertThat(status).isEqualTo(2);
    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("notes.mp4");
  }

  @Test
  void saysOnStandardErrorWhichModelIsMissing() throws Exception {
    int status = run(clip(), Optional.of(folder.resolve("people.json")));

    assertThat(status).isEqualTo(2);
    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("people.json", "no such file");
  }

  private int run(Path file) {
    return run(file, Optional.empty());
  }

  private int run(Path file, Optional<Path> model) {
    return Analyze.run(
        file,
        Sampling.rate(Sampling.DEFAULT_RATE),
        model,
        ModelUse.Mode.AND,
        new PrintWriter(out, true, StandardCharsets.UTF_8),
        new PrintWriter(err, true, StandardCharsets.UTF_8));
  }

  /** Four still seconds of a coarse pattern at 10 pictures a second, motion JPEG. */
  private Path clip() throws Exception {
    Path file = folder.resolve("still.avi");
    BufferedImage image = new BufferedImage(320, 180, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(3);
    for (int y = 0; y < 180; y += 10) {
      for (int x = 0; x < 320; x += 10) {
        int grey = 60 + random.nextInt(120);
        for (int i = 0; i < 100; i++) {
          image.setRGB(x + i % 10, y + i / 10, grey * 0x010101);
        }
      }
    }
    try (FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(file.toFile(), 320, 180);
        Java2DFrameConverter converter = new Java2DFrameConverter()) {
      recorder.setFormat("avi");
      recorder.setVideoCodec(avcodec.AV_CODEC_ID_MJPEG);
      recorder.setFrameRate(10);
      recorder.start();
      for (int i = 0; i < 40; i++) {
        recorder.record(converter.convert(image));
      }
    }
    return file;
  }
}
