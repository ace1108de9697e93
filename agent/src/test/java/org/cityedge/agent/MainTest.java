package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir Path folder;

  @Test
  void leavesNothingThatWasPrintedInItsBuffers() throws Exception {
    Path config = folder.resolve("gateway.yaml");
    Files.writeString(
        config,
        """
        gateway: {id: gw-1, district: "510108"}
        uplink: {brokers: ["mqtt://h"]}
        inbox: {listen: "coaps://0.0.0.0"}
        """);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    run(out, err, "ports", "--config", config.toString(), "--data", folder.toString());
    run(out, err, "ports", "--nonsense");
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("udp 5684 inbox\n");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--nonsense");
  }

  /** Buffers that no println flushes. */
  private static void run(ByteArrayOutputStream out, ByteArrayOutputStream err, String... words) {
    Main.run(
        words,
        new PrintWriter(out, false, StandardCharsets.UTF_8),
        new PrintWriter(err, false, StandardCharsets.UTF_8));
  }
}
