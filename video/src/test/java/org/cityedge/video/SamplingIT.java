package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.source.FileFrames;
import org.cityedge.video.source.LiveStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which pictures reach the detectors. */
@Timeout(60)
class SamplingIT {
  private final Telling told = new Telling();
  @TempDir private Path folder;

  @Test
  void keyframesSufficeWhenTheyComeOftenEnough() throws Exception {
    try (RtspServer server = RtspServer.start("ball/15");
        Camera camera = camera(server.uri(), Duration.ofMillis(2_400))) {
      camera.start(told);
      long first = told.awaitObservation().nanos();
      for (int i = 0; i < 3; i++) {
        told.awaitObservation();
      }
      assertThat((told.awaitObservation().nanos() - first) / 1e9).isBetween(3.0, 8.0);
      assertThat(told.latest().keyframes()).isTrue();
    }
  }

  @Test
  void everyPictureIsDecodedWhenKeyframesComeTooRarely() throws Exception {
    try (RtspServer server = RtspServer.start("ball/15");
        Camera camera = camera(server.uri(), Duration.ofMillis(600))) {
      camera.start(told);
      told.await("decoded whole", health -> !health.keyframes());
      long first = told.awaitNextObservation().nanos();
      for (int i = 0; i < 3; i++) {
        told.awaitObservation();
      }
      assertThat((told.awaitObservation().nanos() - first) / 1e9).isLessThan(3.5);
      assertThat(told.latest().reconnects()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLiveCameraSeesTheVeryPicturesThatAnalyzeSees(boolean keyframes) throws Exception {
    Path clip = folder.resolve("clip.mp4");
    record(clip);
    Sampling sampling = new Sampling(keyframes, 4);
    List<byte[]> live = new ArrayList<>();
    try (LiveStream stream =
        LiveStream.open(
            Cameras.of(Source.of(clip.toUri())),
            sampling,
            KeyFiles.in(folder),
            folder,
            new LiveStream.Limits(Duration.ofSeconds(10), LiveStream.Limits.MEMORY_BYTES),
            Clock.systemUTC(),
            System::nanoTime,
            Optional.empty())) {
      pictures(stream, live);
    }
    List<byte[]> analyzed = new ArrayList<>();
    try (FileFrames frames = new FileFrames(clip, sampling)) {
      pictures(frames, analyzed);
    }
    assertThat(live).hasSize(keyframes ? 5 : 10);
    assertThat(analyzed).hasSameSizeAs(live);
    for (int i = 0; i < live.size(); i++) {
      assertThat(meanDifference(live.get(i), analyzed.get(i))).as("picture " + i).isLessThan(1.5);
    }
  }

  private static void pictures(FrameSource source, List<byte[]> into) throws Exception {
    for (Frame frame = source.next(); frame != null; frame = source.next()) {
      into.add(frame.bgr().clone());
    }
  }

  private static double meanDifference(byte[] one, byte[] other) {
    assertThat(other).hasSameSizeAs(one);
    long sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += Math.abs((one[i] & 0xff) - (other[i] & 0xff));
    }
    return (double) sum / one.length;
  }

  /** 2.5 s of a moving picture larger than what is analysed, 12 a second, a keyframe every half. */
  private static void record(Path file) throws Exception {
    String arguments =
        "-loglevel error -f lavfi -i testsrc2=s=960x540:r=12 -t 2.5 -c:v libopenh264 -g 6 -b:v 2M "
            + file;
    List<String> command = new ArrayList<>(List.of(Loader.load(ffmpeg.class)));
    command.addAll(List.of(arguments.split(" ")));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private Camera camera(String uri, Duration gap) throws IOException {
    CameraConfig config =
        new CameraConfig(
            "cam-1",
            Source.of(URI.create(uri)),
            Sampling.keyframes(5),
            Set.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty());
    Camera.Limits product = Camera.Limits.of(config);
    return new CameraFixture(folder)
        .camera(
            config,
            new Camera.Limits(
                product.states(),
                new Keyframes.Limits(
                    gap, product.keyframes().silence(), product.keyframes().retry()),
                product.memoryBytes()));
  }
}
