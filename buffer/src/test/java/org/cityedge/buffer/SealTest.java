package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealTest {
  @TempDir Path folder;

  private Clips clips() throws IOException {
    return Clips.open(folder.resolve("clips"), seal());
  }

  private Seal seal() {
    return new Seal(folder.resolve("evidence.key"));
  }

  private SealedFile kept(String name) {
    return new SealedFile(folder.resolve("clips").resolve(name), seal());
  }

  private static byte[] content(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static byte[] all(SealedFile file) throws IOException {
    try (var in = file.content()) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, Seal.CHUNK - 1, Seal.CHUNK, Seal.CHUNK + 1, 3 * Seal.CHUNK + 17})
  void givesBackWhatItSealedAsAWholeAndInParts(int size) throws Exception {
    byte[] content = content(size);
    clips().put("a.mp4", content);
    SealedFile file = kept("a.mp4");
    assertThat(file.size()).isEqualTo(size);
    assertThat(all(file)).isEqualTo(content);
    Random random = new Random(size);
    for (int i = 0; i < 20; i++) {
      int from = random.nextInt(size);
      int length = random.nextInt(size - from + 1);
      assertThat(file.read(from, length))
          .isEqualTo(Arrays.copyOfRange(content, from, from + length));
    }
    assertThat(Files.size(folder.resolve("clips/a.mp4"))).isEqualTo(Seal.sealedSize(size));
  }

  @Test
  void showsNothingOfTheContentAndNeverTheSameTwice() throws Exception {
    byte[] content = "a face at a window ".repeat(100).getBytes(StandardCharsets.US_ASCII);
    Clips clips = clips();
    clips.put("a.jpg", content);
    clips.put("b.jpg", content);
    byte[] a = Files.readAllBytes(folder.resolve("clips/a.jpg"));
    byte[] b = Files.readAllBytes(folder.resolve("clips/b.jpg"));
    assertThat(new String(a, StandardCharsets.ISO_8859_1)).doesNotContain("face");
    assertThat(Arrays.copyOfRange(a, 16, a.length))
        .isNotEqualTo(Arrays.copyOfRange(b, 16, b.length));
  }

  @Test
  void refusesAFileInWhichAnyBitWasTurned() throws Exception {
    byte[] content = content(100);
    clips().put("a.jpg", content);
    Path path = folder.resolve("clips/a.jpg");
    byte[] good = Files.readAllBytes(path);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= (byte) (1 << (i % 8));
      Files.write(path, bad);
      assertThatThrownBy(() -> all(kept("a.jpg")))
          .as("byte " + i)
          .isInstanceOf(SealedFile.Damaged.class)
          .hasMessageContaining("a.jpg");
    }
    assertThat(path).exists();
  }

  @Test
  void refusesAFileThatWasCutOrSwappedOrRenamed() throws Exception {
    Clips clips = clips();
    clips.put("a.jpg", content(2 * Seal.CHUNK));
    clips.put("b.jpg", content(2 * Seal.CHUNK));
    Path a = folder.resolve("clips/a.jpg");
    byte[] good = Files.readAllBytes(a);
    Files.write(a, Arrays.copyOf(good, good.length - Seal.CHUNK - Seal.TAG));
    assertThatThrownBy(() -> all(kept("a.jpg"))).isInstanceOf(SealedFile.Damaged.class);
    Files.write(a, Arrays.copyOf(good, 10));
    assertThatThrownBy(() -> all(kept("a.jpg"))).isInstanceOf(SealedFile.Damaged.class);
    byte[] swapped = good.clone();
    int one = Seal.CHUNK + Seal.TAG;
    System.arraycopy(good, Seal.HEADER, swapped, Seal.HEADER + one, one);
    System.arraycopy(good, Seal.HEADER + one, swapped, Seal.HEADER, one);
    Files.write(a, swapped);
    assertThatThrownBy(() -> all(kept("a.jpg"))).isInstanceOf(SealedFile.Damaged.class);
    Files.copy(folder.resolve("clips/b.jpg"), folder.resolve("clips/c.jpg"));
    assertThatThrownBy(() -> all(kept("c.jpg"))).hasMessageContaining("was renamed");
  }

  @Test
  void saysOfAForeignFileThatItIsNone() throws Exception {
    Files.createDirectory(folder.resolve("clips"));
    Files.write(folder.resolve("clips/a.jpg"), content(1000));
    assertThatThrownBy(() -> kept("a.jpg").size()).hasMessageContaining("is no sealed file");
  }

  @Test
  void anotherGatewaysKeyOpensNothing() throws Exception {
    clips().put("a.jpg", content(10));
    Clips.open(folder.resolve("other"), new Seal(folder.resolve("other.key")))
        .put("a.jpg", content(10));
    SealedFile foreign =
        new SealedFile(folder.resolve("clips/a.jpg"), new Seal(folder.resolve("other.key")));
    assertThatThrownBy(() -> all(foreign)).hasMessageContaining("another gateway's key");
  }

  @Test
  void makesItsKeyOnceForTheOwnerAlone() throws Exception {
    Path key = folder.resolve("evidence.key");
    Clips clips = clips();
    assertThat(key).doesNotExist();
    clips.put("a.jpg", content(10));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    String text = Files.readString(key);
    assertThat(text.strip()).matches("[0-9a-f]{64}");
    clips().put("b.jpg", content(10));
    assertThat(Files.readString(key)).isEqualTo(text);
  }

  @Test
  void whatAKilledMakerOfTheKeyHasLeftIsGoneOnceThereIsAKeyAndAtTheNextStart() throws Exception {
    Path cutShort = Files.createFile(folder.resolve(".evidence.key.17.new"));
    Clips clips = clips();
    assertThat(cutShort).as("somebody may be making it").exists();
    clips.put("a.jpg", content(10));
    assertThat(cutShort).doesNotExist();

    Path named = Files.copy(folder.resolve("evidence.key"), folder.resolve(".evidence.key.18.new"));
    Path others = Files.createFile(folder.resolve(".other.key.19.new"));
    clips();
    assertThat(named).doesNotExist();
    assertThat(others).exists();
    assertThat(all(kept("a.jpg"))).isEqualTo(content(10));
  }

  /** Each has a seal of its own, as two processes have. */
  @Test
  void whoeverMakesTheKeyAtTheSameTimeGoesOnWithTheSameOne() throws Exception {
    int makers = 8;
    try (ExecutorService threads = Executors.newFixedThreadPool(makers)) {
      for (int round = 0; round < 50; round++) {
        Path key = Files.createDirectory(folder.resolve("round-" + round)).resolve("evidence.key");
        CyclicBarrier together = new CyclicBarrier(makers);
        List<Future<Void>> made = new ArrayList<>();
        for (int i = 0; i < makers; i++) {
          String name = i + ".jpg";
          made.add(
              threads.submit(
                  () -> {
                    Clips clips = Clips.open(key.resolveSibling("clips"), new Seal(key));
                    together.await();
                    clips.put(name, content(10));
                    return null;
                  }));
        }
        for (Future<Void> each : made) {
          each.get();
        }
        for (int i = 0; i < makers; i++) {
          Path clip = key.resolveSibling("clips").resolve(i + ".jpg");
          assertThat(all(new SealedFile(clip, new Seal(key)))).isEqualTo(content(10));
        }
        assertThat(key.resolveSibling(".").toFile().list()).containsOnly("clips", "evidence.key");
      }
    }
  }

  @Test
  void namesAKeyThatIsMissingDamagedOrOpenToOthers() throws Exception {
    Path key = folder.resolve("evidence.key");
    clips().put("a.jpg", content(10));
    String text = Files.readString(key);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> kept("a.jpg").size()).hasMessageContaining("chmod 600 " + key);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(key, text.substring(2));
    assertThatThrownBy(() -> clips().put("b.jpg", content(10)))
        .hasMessageContaining("64 hexadecimal digits")
        .message()
        .doesNotContain(text.substring(2, 20));
    Files.delete(key);
    assertThatThrownBy(() -> kept("a.jpg").size()).hasMessageContaining("is missing");
    assertThat(key).doesNotExist();
  }
}
