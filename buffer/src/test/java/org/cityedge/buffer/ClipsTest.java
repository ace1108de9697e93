package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClipsTest {
  private static final int SEAL = Seal.HEADER + Seal.TAG;

  @TempDir Path folder;

  private Clips open() throws IOException {
    return Clips.open(folder.resolve("clips"), new Seal(folder.resolve("key")));
  }

  private Path file(String name) {
    return folder.resolve("clips").resolve(name);
  }

  @Test
  void keepsWhatIsPutAndFindsItById() throws Exception {
    Clips clips = open();
    clips.put("01JWN8Z3W2.jpg", new byte[] {1, 2, 3});
    assertThat(clips.find("01JWN8Z3W2").orElseThrow().read(0, 3)).containsExactly(1, 2, 3);
    assertThat(clips.find("01JWN8Z3W")).isEmpty();
    assertThat(clips.bytes()).isEqualTo(3 + SEAL);
  }

  @Test
  void keepsACopyOfAFile() throws Exception {
    Path file = Files.write(folder.resolve("made"), new byte[] {4, 5, 6, 7});
    Clips clips = open();
    clips.put("a.mp4", file);
    assertThat(clips.find("a").orElseThrow().read(0, 4)).containsExactly(4, 5, 6, 7);
    assertThat(clips.bytes()).isEqualTo(4 + SEAL);
    assertThat(file).exists();
    Path empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> clips.put("b.mp4", empty)).hasMessageContaining("was 0");
  }

  @Test
  void countsAReplacedClipOnce() throws Exception {
    Clips clips = open();
    clips.put("a.mp4", new byte[10]);
    clips.put("a.mp4", new byte[4]);
    assertThat(clips.bytes()).isEqualTo(4 + SEAL);
  }

  @Test
  void dropsTheOldestFirstAlsoAfterAReopening() throws Exception {
    Clips clips = open();
    clips.put("z.mp4", new byte[10]);
    clips.put("a.mp4", new byte[20]);
    Files.setLastModifiedTime(file("z.mp4"), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    clips = open();
    assertThat(clips.dropOldest()).isEqualTo(10 + SEAL);
    assertThat(clips.find("z")).isEmpty();
    assertThat(clips.dropOldest()).isEqualTo(20 + SEAL);
    assertThat(clips.dropOldest()).isZero();
    assertThat(clips.bytes()).isZero();
  }

  /** A folder with something in it stands for a file of a broken directory entry. */
  @Test
  void passesOverAClipThatCannotBeDeletedAndDropsTheNext() throws Exception {
    Clips clips = open();
    clips.put("a.mp4", new byte[10]);
    clips.put("b.mp4", new byte[20]);
    Files.delete(file("a.mp4"));
    Files.createDirectories(file("a.mp4").resolve("stays"));
    assertThat(clips.dropOldest()).isEqualTo(20 + SEAL);
    assertThat(clips.names()).containsExactly("a.mp4");
    assertThatThrownBy(clips::dropOldest).isInstanceOf(IOException.class);
    Files.delete(file("a.mp4").resolve("stays"));
    assertThat(clips.dropOldest()).as("as soon as it can be").isEqualTo(10 + SEAL);
  }

  @Test
  void removesWhatACrashLeftHalfWritten() throws Exception {
    Files.createDirectory(folder.resolve("clips"));
    Files.write(file("a.mp4.tmp"), new byte[100]);
    Files.write(file("b.mp4"), new byte[7]);
    Clips clips = open();
    assertThat(clips.bytes()).isEqualTo(7);
    assertThat(file("a.mp4.tmp")).doesNotExist();
  }

  @Test
  void refusesANameThatLeavesTheFolder() throws Exception {
    Clips clips = open();
    assertThatThrownBy(() -> clips.put("../a.mp4", new byte[1]))
        .hasMessageContaining("\"../a.mp4\"");
    assertThatThrownBy(() -> clips.put("a.mp4", new byte[0])).hasMessageContaining("was 0");
  }

  @Test
  void namesItsClipsAndDropsOneOfThem() throws Exception {
    Clips clips = open();
    clips.put("a.jpg", new byte[3]);
    clips.put("b.jpg", new byte[4]);
    clips.put("c.mp4", new byte[5]);
    clips.drop("b.jpg");
    clips.drop("b.jpg");
    assertThat(clips.names()).containsExactly("a.jpg", "c.mp4");
    assertThat(clips.bytes()).isEqualTo(8 + 2 * SEAL);
    assertThat(clips.find("b")).isEmpty();
  }

  @Test
  void withACapOfItsOwnTheOldestGoForANewOne() throws Exception {
    Clips clips =
        Clips.open(folder.resolve("originals"), new Seal(folder.resolve("key")), 1000, open());
    for (int i = 0; i < 5; i++) {
      clips.put("c" + i + ".jpg", new byte[400 - SEAL]);
    }
    assertThat(clips.names()).containsExactly("c3.jpg", "c4.jpg");
    assertThatThrownBy(() -> clips.put("big.jpg", new byte[1001]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1000 bytes");
    assertThat(clips.names()).as("nothing goes in vain").containsExactly("c3.jpg", "c4.jpg");
  }

  @Test
  void listsBesideItsOwnerWithoutTouchingAnything() throws Exception {
    Clips clips = open();
    clips.put("b.jpg", new byte[3]);
    Files.setLastModifiedTime(file("b.jpg"), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    clips.put("a.jpg", new byte[4]);
    Files.write(file("half.jpg.tmp"), new byte[7]);
    Seal seal = new Seal(folder.resolve("key"));
    assertThat(Clips.list(folder.resolve("clips"), seal))
        .extracting(SealedFile::name)
        .containsExactly("b.jpg", "a.jpg");
    assertThat(file("half.jpg.tmp")).exists();
    assertThat(Clips.list(folder.resolve("nowhere"), seal)).isEmpty();
  }
}
