package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.evidence.ClipMaker;
import org.cityedge.video.evidence.Evidence;
import org.cityedge.video.evidence.EvidenceConfig;
import org.cityedge.video.evidence.Recorder;
import org.cityedge.video.source.FileFrames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recorded files by hand, clips by the real program; time as the test says. */
@Timeout(120)
class MomentIT {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;

  /** Striped, where smoke is said to be. */
  private static final Region PLUME = new Region(0.7, 0.1, 0.2, 0.4);

  private static final EvidenceConfig CONFIG =
      new EvidenceConfig(
          true,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          1 << 20,
          EvidenceConfig.DEFAULT.keep(),
          new EvidenceConfig.Originals(Duration.ZERO, 1 << 23));

  @TempDir Path folder;
  private final LinkedBlockingQueue<String> clips = new LinkedBlockingQueue<>();
  private long seconds;

  @Test
  void onlyTheClipOfAnAlertOfSmokeShowsSmoke() throws Exception {
    Footage.segments(folder, MomentIT::draw);
    try (Evidence evidence = new Evidence();
        ClipMaker maker = new ClipMaker(folder.resolve("clips"));
        Recorder recorder =
            new Recorder(
                Cameras.watching(Kind.SMOKE),
                CONFIG,
                maker,
                folder.resolve("ring"),
                KeyFiles.in(folder),
                () -> seconds * 1_000_000_000,
                () -> Instant.EPOCH)) {
      for (int s = 0; s <= 126; s += 7) {
        evidence.learn(frame(s, false));
      }
      Path ring = recorder.connecting().orElseThrow().folder();
      for (int i = 0; i < 3; i++) {
        seconds = 2L * i;
        Files.copy(folder.resolve(i + ".mkv"), ring.resolve("live-0000000" + i + ".mkv"));
        recorder.saw(seen(Kind.SMOKE));
        recorder.tick(Optional.empty());
      }
      seconds = 6;
      recorder.connecting();
      Optional<Recorder> recording = Optional.of(recorder);
      Moment smoke = new Moment(evidence, frame(3, true), seen(Kind.SMOKE), recording);
      Moment crowd = new Moment(evidence, frame(3, true), seen(Kind.CROWD), recording);

      smoke.clip(this::take);
      crowd.clip(this::take);
      recorder.tick(Optional.empty());
      smoke.strict().clip(this::take);
      recorder.tick(Optional.empty());

      assertThat(clips.poll(60, TimeUnit.SECONDS)).isEqualTo("shows smoke");
      assertThat(clips.poll(60, TimeUnit.SECONDS)).as("of a crowd").isEqualTo("hides smoke");
      assertThat(clips.poll(60, TimeUnit.SECONDS)).as("of a drill").isEqualTo("hides smoke");
    }
  }

  private void take(Clip clip) {
    if (!(clip instanceof Clip.Made made)) {
      clips.add(clip.toString());
      return;
    }
    try (FileFrames frames = new FileFrames(made.file(), Sampling.rate(5))) {
      int shown = 0;
      int all = 0;
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        shown += steps(frame) > 15 ? 1 : 0;
        all++;
      }
      boolean hidden = shown == 0;
      clips.add(shown == all ? "shows smoke" : hidden ? "hides smoke" : shown + " of " + all);
    } catch (IOException e) {
      clips.add(e.toString());
    }
  }

  /** Mean difference of neighbours, one above the other, inside the plume. */
  private static double steps(Frame frame) {
    int left = (int) (0.75 * WIDTH);
    int top = (int) (0.15 * HEIGHT);
    double sum = 0;
    for (int y = top; y < top + 100; y++) {
      for (int x = left; x < left + 80; x++) {
        int at = 3 * (y * WIDTH + x);
        sum += Math.abs((frame.bgr()[at] & 0xff) - (frame.bgr()[at + 3 * WIDTH] & 0xff));
      }
    }
    return sum / 8_000;
  }

  private Observation seen(Kind kind) {
    return new Observation(
        "test",
        "frame",
        kind,
        "test/1",
        1,
        OptionalDouble.empty(),
        true,
        Map.of(),
        List.of(PLUME),
        (seconds + 1) * 1_000_000_000,
        Instant.EPOCH);
  }

  private static Frame frame(int second, boolean smoke) {
    long nanos = Duration.ofSeconds(second).toNanos();
    return new Frame(WIDTH, HEIGHT, picture(smoke), nanos, Instant.ofEpochSecond(second));
  }

  private static byte[] picture(boolean smoke) {
    byte[] bgr = new byte[3 * WIDTH * HEIGHT];
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      boolean inside = smoke && x > 460 && x < 565 && y > 45 && y < 170;
      byte grey = (byte) (inside && y % 4 < 2 ? 240 : 120);
      bgr[3 * i] = grey;
      bgr[3 * i + 1] = grey;
      bgr[3 * i + 2] = grey;
    }
    return bgr;
  }

  private static void draw(OutputStream out) throws IOException {
    byte[] picture = picture(true);
    for (int i = 0; i < 60; i++) {
      out.write(picture);
    }
  }
}
