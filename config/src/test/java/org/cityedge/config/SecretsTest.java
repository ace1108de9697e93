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
  void takesOffOneLineBreakAndNothingElse() throws Exception {
    Files.writeString(file, " pass \r\n");
    assertThat(secrets.read("cam-1")).isEqualTo(" pass ");
    Files.writeString(file, "pass\n\n");
    assertThat(secrets.read("cam-1")).isEqualTo("pass\n");
    Files.writeString(file, "pass ");
    assertThat(secrets.read("cam-1")).isEqualTo("pass ");
  }

  @Test
  void saysThatASecretIsNoUtf8() throws Exception {
    Files.write(file, new byte[] {'p', (byte) 0xe9, '\n'});
    assertThatThrownBy(() -> secrets.read("cam-1"))
        .hasMessage("secret " + file + " is not UTF-8 text");
  }

  @Test
  void doesNotShowASecretThatStandsWhereItsNameShould() {
    assertThatThrownBy(() -> secrets.read("Hunter2!"))
        .hasMessageContaining("must match")
        .hasMessageNotContaining("Hunter2");
  }

  @Test
  void neverLeavesItsFolder() {
    assertThatThrownBy(() -> secrets.read("../etc/passwd")).hasMessageContaining("must match");
    assertThatThrownBy(() -> secrets.read(".hidden")).hasMessageContaining("must match");
  }
}
