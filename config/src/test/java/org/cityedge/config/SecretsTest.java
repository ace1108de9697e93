package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
  @TempDir Path folder;

  private Path file;
  private Secrets secrets;

  @BeforeEach
  void writeASecret() throws Exception {
    file = Files.writeString(folder.resolve("cam-1"), "s3cret\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    secrets = new Secrets(folder);
  }

  @Test
  void readsTheSecretWithoutItsLineBreak() throws Exception {
    assertThat(secrets.read("cam-1")).isEqualTo("s3cret");
  }

  @Test
  void refusesASecretThatOthersCanReadAndNamesTheCure() throws Exception {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> secrets.read("cam-1"))
        .hasMessageContaining("chmod 600 " + file)
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void namesAMissingSecret() {
    assertThatThrownBy(() -> secrets.read("cam-2")).hasMessageContaining("cam-2 is missing");
  }

  @Test
  void readsAKeyThatIsLargerThanAPassword() throws Exception {
    Files.writeString(file, "k".repeat(16 * 1024));
    assertThat(secrets.readKey("cam-1")).hasSize(16 * 1024);
    assertThatThrownBy(() -> secrets.read("cam-1")).hasMessageContaining("larger than 4 KiB");
    Files.writeString(file, "k".repeat(16 * 1024 + 1));
    assertThatThrownBy(() -> secrets.readKey("cam-1")).hasMessageContaining("larger than 16 KiB");
  }

  @Test
  void neverLeavesItsFolder() {
    assertThatThrownBy(() -> secrets.read("../etc/passwd")).hasMessageContaining("must match");
    assertThatThrownBy(() -> secrets.read(".hidden")).hasMessageContaining("must match");
  }
}
