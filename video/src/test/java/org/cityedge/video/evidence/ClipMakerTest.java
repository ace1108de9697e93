package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clips themselves are {@link ClipMakerIT}'s. */
class ClipMakerTest {
  @TempDir Path parent;

  @Test
  void removesWhatAKilledAgentLeftAndLetsNobodyElseIn() throws Exception {
    Path folder = parent.resolve("clips");
    Files.createDirectories(folder.resolve("0"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.write(folder.resolve("0").resolve("original.mp4"), new byte[3]);

    ClipMaker maker = new ClipMaker(folder);

    assertThat(folder).isEmptyDirectory();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    maker.close();
    assertThat(folder).doesNotExist();
  }
}
