package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
