package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClipsTest {
  @TempDir Path folder;

  @Test
  void keepsWhatIsPutAndFindsItById() throws Exception {
    Clips clips = Clips.open(folder.resolve("clips"));
    clips.put("01JWN8Z3W2.jpg", new byte[] {1, 2, 3});
    assertThat(clips.find("01JWN8Z3W2"))
        .hasValueSatisfying(file -> assertThat(file).hasBinaryContent(new byte[] {1, 2, 3}));
    assertThat(clips.find("01JWN8Z3W")).isEmpty();
    assertThat(clips.bytes()).isEqualTo(3);
  }

  @Test
  void keepsACopyOfAFile() throws Exception {
    Path file = Files.write(folder.resolve("made"), new byte[] {4, 5, 6, 7});
    Clips clips = Clips.open(folder.resolve("clips"));
    clips.put("a.mp4", file);
    assertThat(clips.find("a"))
        .hasValueSatisfying(f -> assertThat(f).hasBinaryContent(new byte[] {4, 5, 6, 7}));
    assertThat(clips.bytes()).isEqualTo(4);
    assertThat(file).exists();
    Path empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> clips.put("b.mp4", empty)).hasMessageContaining("was 0");
  }

  @Test
  void countsAReplacedClipOnce() throws Exception {
    Clips clips = Clips.open(folder);
    clips.put("a.mp4", new byte[10]);
    clips.put("a.mp4", new byte[4]);
    assertThat(clips.bytes()).isEqualTo(4);
  }

  @Test
  void dropsTheOldestFirstAlsoAfterAReopening() throws Exception {
    Clips clips = Clips.open(folder);
    clips.put("z.mp4", new byte[10]);
    clips.put("a.mp4", new byte[20]);
    Files.setLastModifiedTime(
        folder.resolve("z.mp4"), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    clips = Clips.open(folder);
    assertThat(clips.dropOldest()).isEqualTo(10);
    assertThat(clips.find("z")).isEmpty();
    assertThat(clips.dropOldest()).isEqualTo(20);
    assertThat(clips.dropOldest()).isZero();
    assertThat(clips.bytes()).isZero();
  }

  @Test
  void removesWhatACrashLeftHalfWritten() throws Exception {
    Files.write(folder.resolve("a.mp4.tmp"), new byte[100]);
    Files.write(folder.resolve("b.mp4"), new byte[7]);
    Clips clips = Clips.open(folder);
    assertThat(clips.bytes()).isEqualTo(7);
    assertThat(folder.resolve("a.mp4.tmp")).doesNotExist();
  }

  @Test
  void refusesANameThatLeavesTheFolder() throws Exception {
    Clips clips = Clips.open(folder);
    assertThatThrownBy(() -> clips.put("../a.mp4", new byte[1]))
        .hasMessageContaining("\"../a.mp4\"");
    assertThatThrownBy(() -> clips.put("a.mp4", new byte[0])).hasMessageContaining("was 0");
  }

  @Test
  void namesItsClipsAndDropsOneOfThem() throws Exception {
    Clips clips = Clips.open(folder);
    clips.put("a.jpg", new byte[3]);
    clips.put("b.jpg", new byte[4]);
    clips.put("c.mp4", new byte[5]);
    clips.drop("b.jpg");
    clips.drop("b.jpg");
    assertThat(clips.names()).containsExactly("a.jpg", "c.mp4");
    assertThat(clips.bytes()).isEqualTo(8);
    assertThat(clips.find("b")).isEmpty();
  }
}
