package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** Into buffers that no println flushes. */
  private int run(String... words) {
    return Main.run(
        words,
        new PrintWriter(out, false, StandardCharsets.UTF_8),
        new PrintWriter(err, false, StandardCharsets.UTF_8));
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachVerbIsFoundByTheNameThatItsHelpShows() {
    Main.VERBS.forEach((name, verb) -> assertThat(verb.get().spec().name()).isEqualTo(name));
  }

  @Test
  void helpListsEveryVerb() {
    assertThat(run("help")).isZero();
    assertThat(text(out)).contains(Main.VERBS.keySet());
  }

  /** Picocli takes each description for a format, and warns on standard error where it is none. */
  @Test
  void everyDescriptionIsAFormat() {
    PrintStream before = System.err;
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      Main.VERBS.values().forEach(verb -> describe(new CommandLine(verb.get().spec())));
    } finally {
      System.setErr(before);
    }
    assertThat(text(err)).isEmpty();
  }

  private static void describe(CommandLine line) {
    assertThat(line.getUsageMessage()).isNotBlank();
    line.getSubcommands().values().forEach(MainTest::describe);
  }

  @Test
  void usageShowsHowManyFilesAndHostsThereMayBe() {
    assertThat(run("config", "diff", "--help")).isZero();
    assertThat(text(out)).contains("FILE [FILE]").doesNotContain("FILE FILE");
    assertThat(run("camera", "discover", "--help")).isZero();
    assertThat(text(out)).contains("[HOST[:PORT]...]");
  }

  @Test
  void aWordThatIsNoVerbIsAnErrorOfUsage() {
    assertThat(run("rnu")).isEqualTo(64);
    assertThat(text(err)).contains("rnu");
  }

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
    assertThat(run("ports", "--config", config.toString(), "--data", folder.toString())).isZero();
    assertThat(text(out)).isEqualTo("udp 5684 inbox\n");
    assertThat(run("ports", "--nonsense")).isEqualTo(64);
    assertThat(text(err)).contains("--nonsense");
  }
}
