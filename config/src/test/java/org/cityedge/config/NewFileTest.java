package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
  @TempDir Path folder;

  @Test
  void leavesNothingWhenItCannotBeWrittenToItsEnd() throws IOException {
    Path file = folder.resolve("bundle.zip");
    assertThatThrownBy(
            () ->
                NewFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");
    assertThat(file).doesNotExist();
    NewFile.write(file, out -> out.write(2));
    assertThat(file).hasBinaryContent(new byte[] {2});
  }

  @Test
  void leavesAFileAloneThatIsThere() throws IOException {
    Path file = Files.writeString(folder.resolve("order.jws"), "signed");
    assertThatThrownBy(() -> NewFile.write(file, out -> out.write(1)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("signed");
  }

  /** Of a process that is killed while it writes. */
  static final class Killed {
    private Killed() {}

    public static void main(String[] file) throws IOException {
      NewFile.write(
          Path.of(file[0]),
          out -> {
            out.write(1);
            Runtime.getRuntime().halt(9);
          });
    }
  }

  @Test
  void aProcessThatIsKilledWhileItWritesLeavesNothingInTheWay() throws Exception {
    Path file = folder.resolve("root.key");
    Process killed =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Killed.class.getName(),
                file.toString())
            .inheritIO()
            .start();
    assertThat(killed.waitFor()).isEqualTo(9);
    assertThat(file).doesNotExist();
    NewFile.write(file, out -> out.write(2));
    assertThat(file).hasBinaryContent(new byte[] {2});
    assertThat(folder.toFile().list()).containsExactly("root.key");
  }

  /** Each takes the other's torso away; what is there at the end is whole. */
  @Test
  void whoIsOvertakenWhileItWritesFails() throws IOException {
    Path file = folder.resolve("keys.jws");
    assertThatThrownBy(
            () ->
                NewFile.write(
                    file,
                    out -> {
                      out.write(1);
                      NewFile.write(file, other -> other.write(2));
                    }))
        .hasMessageContaining("is being written by another process");
    assertThat(file).hasBinaryContent(new byte[] {2});
  }

  /** A ZIP file system has none, as FAT has none. */
  @Test
  void whereThereAreNoLinksTheFileIsRenamedButNeverOverAnother() throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(folder.resolve("links.zip"), Map.of("create", "true"))) {
      Path fresh = Files.writeString(zip.getPath("/.order.jws.new"), "signed");
      Path file = zip.getPath("/order.jws");
      NewFile.name(fresh, file);
      assertThat(Files.readString(file)).isEqualTo("signed");
      assertThat(Files.exists(fresh)).isFalse();
      Files.writeString(fresh, "another");
      assertThatThrownBy(() -> NewFile.name(fresh, file))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(Files.readString(file)).isEqualTo("signed");
      assertThatThrownBy(() -> NewFile.name(zip.getPath("/gone"), zip.getPath("/other")))
          .isInstanceOf(IOException.class);
      assertThat(Files.exists(zip.getPath("/other"))).isFalse();
    }
  }
}
