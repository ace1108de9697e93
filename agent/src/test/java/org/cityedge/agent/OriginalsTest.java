package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.cityedge.agent.uplink.EvidenceShelf;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.Seal;
import org.cityedge.video.Clip;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginalsTest {
  @TempDir Path folder;
  private Clips masked;
  private Clips originals;
  private Originals shelf;

  /** Where the masked goes; a full disk for originals must not touch it. */
  private final class Masked implements EvidenceShelf {
    @Override
    public void keep(String id, Picture.Masked picture) {
      try {
        masked.put(id + ".jpg", picture.jpeg());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public Kept keepClip(String id, Clip.Made clip) throws IOException {
      masked.put(id + ".mp4", clip.file());
      return new Kept(Files.size(clip.file()), "0".repeat(64));
    }
  }

  @BeforeEach
  void opens() throws IOException {
    Seal seal = new Seal(folder.resolve("key"));
    masked = Clips.open(folder.resolve("clips"), seal);
    originals = Clips.open(folder.resolve("originals"), seal, 1000, masked);
    shelf = new Originals(new Masked(), originals);
  }

  private Path file(String name, int size) throws IOException {
    return Files.write(folder.resolve(name), new byte[size]);
  }

  @Test
  void keepsTheUnmaskedApartUnderTheSameId() throws IOException {
    shelf.keep("e1", new Picture.Masked(new byte[] {1}, Instant.EPOCH));
    shelf.keepOriginal("e1", new Original(new byte[] {2, 2}, Instant.EPOCH));
    Clip.Made clip = new Clip.Made(file("m.mp4", 3), Instant.EPOCH, Optional.of(file("o.mp4", 4)));
    assertThat(shelf.keepClip("e2", clip).bytes()).isEqualTo(3);
    assertThat(masked.names()).containsExactly("e1.jpg", "e2.mp4");
    assertThat(masked.find("e1").orElseThrow().read(0, 1)).containsExactly(1);
    assertThat(originals.names()).containsExactly("e1.jpg", "e2.mp4");
    assertThat(originals.find("e1").orElseThrow().read(0, 2)).containsExactly(2, 2);
    assertThat(originals.find("e2").orElseThrow().size()).isEqualTo(4);
  }

  @Test
  void anOriginalThatDoesNotFitCostsTheMaskedNothing() throws IOException {
    Clip.Made clip =
        new Clip.Made(file("m.mp4", 3), Instant.EPOCH, Optional.of(file("o.mp4", 2000)));
    assertThat(shelf.keepClip("e2", clip).bytes()).isEqualTo(3);
    assertThat(masked.names()).containsExactly("e2.mp4");
    assertThat(originals.names()).isEmpty();
  }
}
