package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.Seal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceAgesTest {
  private static final Duration KEPT = Duration.ofDays(3);

  @TempDir Path folder;
  private long nanos = 5;
  private Clips clips;

  @BeforeEach
  void open() throws IOException {
    clips = Clips.open(folder.resolve("clips"), new Seal(folder.resolve("key")));
  }

  private EvidenceAges ages() {
    return new EvidenceAges(clips, folder.resolve("clips.ages"), KEPT, () -> nanos);
  }

  private void run(EvidenceAges ages, Duration time) {
    for (long steps = time.dividedBy(EvidenceAges.STEP); steps > 0; steps--) {
      nanos += EvidenceAges.STEP.toNanos();
      ages.tick();
    }
  }

  @Test
  void dropsAClipAfterThreeDaysAndNotBefore() throws IOException {
    EvidenceAges ages = ages();
    clips.put("a.jpg", new byte[1]);
    run(ages, Duration.ofDays(1));
    clips.put("b.jpg", new byte[1]);
    run(ages, Duration.ofDays(2));
    assertThat(clips.names()).containsExactly("a.jpg", "b.jpg");
    run(ages, EvidenceAges.STEP);
    assertThat(clips.names()).containsExactly("b.jpg");
  }

  @Test
  void countsOnOverRestarts() throws IOException {
    clips.put("a.jpg", new byte[1]);
    for (int restart = 0; restart < 3; restart++) {
      run(ages(), Duration.ofDays(1));
    }
    assertThat(clips.names()).hasSize(1);
    run(ages(), EvidenceAges.STEP);
    assertThat(clips.names()).isEmpty();
  }

  @Test
  void aClockThatJumpsDeletesNothingAndKeepsNothingForEver() throws IOException {
    clips.put("past.jpg", new byte[1]);
    clips.put("future.jpg", new byte[1]);
    Path files = folder.resolve("clips");
    Files.setLastModifiedTime(files.resolve("past.jpg"), FileTime.from(Instant.EPOCH));
    Files.setLastModifiedTime(
        files.resolve("future.jpg"), FileTime.from(Instant.parse("2036-01-01T00:00:00Z")));
    clips = Clips.open(files, new Seal(folder.resolve("key")));
    EvidenceAges ages = ages();
    run(ages, KEPT);
    assertThat(clips.names()).hasSize(2);
    run(ages, EvidenceAges.STEP);
    assertThat(clips.names()).isEmpty();
  }

  @Test
  void beginsAnewWhenTheAgesAreDamaged() throws IOException {
    clips.put("a.jpg", new byte[1]);
    run(ages(), KEPT);
    Files.writeString(folder.resolve("clips.ages"), "a.jpg what");
    run(ages(), KEPT);
    assertThat(clips.names()).hasSize(1);
  }
}
