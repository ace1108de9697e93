package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cityedge.video.CameraHealth.State;
import org.cityedge.video.source.FileFrames;
import org.junit.jupiter.api.Test;

/** Real recordings of cameras with nothing wrong, each repeated until it is long enough. */
class ViewIT {
  private static final Path FOOTAGE = Path.of("../../shared/footage");

  /** Seconds; for every state to come about. */
  private static final int LONG_ENOUGH = 160;

  @Test
  void findsNoFaultInRecordings() throws Exception {
    assumeTrue(Files.isDirectory(FOOTAGE), "no " + FOOTAGE + " beside the repository; skipped");
    List<Path> clips;
    try (Stream<Path> files = Files.list(FOOTAGE)) {
      clips = files.filter(file -> file.toString().matches(".*\\.(avi|mp4)")).sorted().toList();
    }
    assertThat(clips).isNotEmpty();
    for (Path clip : clips) {
      List<Frame> frames = frames(clip);
      ViewWatch watch = new ViewWatch(ViewWatch.Limits.product());
      try (View view = new View(List.of())) {
        for (int second = 0; second < LONG_ENOUGH; second++) {
          Frame frame = frames.get(second % frames.size());
          long now = Duration.ofSeconds(second).toNanos();
          Frame timed = new Frame(frame.width(), frame.height(), frame.bgr(), now, Instant.EPOCH);
          Sight sight = view.look(timed, watch.isClear());
          if (sight != null) {
            watch.saw(sight, now);
          }
          assertThat(watch.state())
              .as(clip.getFileName() + " at " + second + " s: " + watch.detail())
              .isEqualTo(State.OK);
        }
      }
    }
  }

  /** One a second; decoded once, since that is what takes the time. */
  private static List<Frame> frames(Path clip) throws Exception {
    List<Frame> frames = new ArrayList<>();
    try (FileFrames source = new FileFrames(clip, Sampling.rate(1))) {
      for (Frame frame = source.next(); frame != null; frame = source.next()) {
        frames.add(
            new Frame(
                frame.width(), frame.height(), frame.bgr().clone(), frame.nanos(), frame.at()));
      }
    }
    return frames;
  }
}
