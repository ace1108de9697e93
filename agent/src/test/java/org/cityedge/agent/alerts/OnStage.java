package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests on one {@link AlertStage} begin and end with. */
abstract class OnStage {
  private final String sections;

  @TempDir Path folder;
  AlertStage stage;

  /**
   * @param sections of the configuration, without gateway and uplink
   */
  OnStage(String sections) {
    this.sections = sections;
  }

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, sections);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  /** All alert messages since the first start. */
  void toldIs(String... messages) throws Exception {
    assertThat(stage.messages()).containsExactly(messages);
  }
}
