package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who may write the versions. A folder lies where the lock's file belongs, so that the disk refuses
 * the lock as a read-only one does, also where the tests are root's.
 */
class DeploymentLockTest {
  @TempDir Path folder;
  private Path versions;
  private Path inTheWay;

  @BeforeEach
  void refuseTheLock() throws IOException {
    versions = folder.resolve("config");
    inTheWay = Files.createDirectories(versions.resolve("lock"));
  }

  private Deployment started() throws IOException {
    Deployment deployment = Deployment.open(versions, "boot-1");
    deployment.recover();
    return deployment;
  }

  @Test
  void changesNothingUntilItHasTheLockAndTakesItOnceTheDiskAllows() throws Exception {
    try (Deployment agent = started()) {
      assertThat(agent.hold()).isTrue();
      assertThatThrownBy(() -> agent.keepFactory(new byte[] {1})).isInstanceOf(IOException.class);
      Files.delete(inTheWay);
      agent.keepFactory(new byte[] {1});
      assertThatThrownBy(this::started).hasMessageContaining("in use by another agent");
    }
    started().close();
  }

  @Test
  void takesTheLockAlsoBeforeThereIsAnythingToWrite() throws Exception {
    try (Deployment agent = started()) {
      Files.delete(inTheWay);
      assertThat(agent.hold()).isTrue();
      assertThatThrownBy(this::started).hasMessageContaining("in use by another agent");
    }
  }

  @Test
  void changesNothingWhileAnotherProcessHasTheFolder() throws Exception {
    try (Deployment agent = started()) {
      Files.delete(inTheWay);
      try (Deployment other = started()) {
        assertThatThrownBy(() -> agent.keepFactory(new byte[] {1}))
            .hasMessageContaining("in use by another agent");
        other.keepFactory(new byte[] {2});
      }
      assertThat(agent.factory()).hasValue(new byte[] {2});
      agent.keepFactory(new byte[] {3});
    }
  }

  @Test
  void writesNothingOverWhatAnotherProcessHasChangedMeanwhile() throws Exception {
    try (Deployment agent = started()) {
      Files.delete(inTheWay);
      try (Deployment other = started()) {
        other.told();
      }
      assertThat(agent.hold()).isFalse();
      assertThatThrownBy(() -> agent.keepFactory(new byte[] {1}))
          .hasMessageContaining("start the agent again");
      agent.told();
      assertThat(Deployment.inspect(versions).generation()).isEqualTo(1);
    }
    try (Deployment next = started()) {
      assertThat(next.hold()).isTrue();
    }
  }
}
