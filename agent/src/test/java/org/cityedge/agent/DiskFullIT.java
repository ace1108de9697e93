package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Site;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another program fills the disk at random moments (iotedge#835, fluent-bit#5166): alerts still get
 * through, the rest waits for room, and the account stays whole.
 */
class DiskFullIT {
  private static final int TIMES = 6;

  @TempDir Path folder;

  @Test
  void aDiskFullAtRandomMomentsLetsAlertsThroughAndLosesNothing() throws Exception {
    long seed = System.nanoTime();
    System.out.println("DiskFullIT seed=" + seed);
    Random random = new Random(seed);
    CountDownLatch never = new CountDownLatch(1);
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString()) == 0,
        "a small file system cannot be mounted here (root only)");
    Path filler = disk.resolve("filler");
    try (Site site = Site.open(folder, disk.resolve("data"), Duration.ofMillis(100))) {
      Path config = site.city().maxBytes("8MiB").telemetryEvery("100ms").write(folder);
      try (AgentProcess agent = site.run(config)) {
        site.awaitReceived(10);
        for (int time = 0; time < TIMES; time++) {
          assertThat(never.await(random.nextInt(500), TimeUnit.MILLISECONDS)).isFalse();
          // Ends with an error when not a byte is left, as wanted.
          assertThat(run("dd", "if=/dev/zero", "of=" + filler, "bs=4096")).isEqualTo(1);
          int before = revisions(site);
          site.door().set(time % 2 == 0);
          Eventually.await(
              "the door's alert passes a full disk", Site.LIMIT, () -> revisions(site) > before);
          assertThat(never.await(random.nextInt(500), TimeUnit.MILLISECONDS)).isFalse();
          Files.delete(filler);
          site.awaitReceivedMore(5);
        }
        assertThat(agent.stop()).isZero();
      }
      site.assertEverythingIsAccountedFor();
    } catch (AssertionError e) {
      throw new AssertionError(
          "seed " + seed + "\n" + AgentProcess.tail(folder.resolve("agent.log")), e);
    } finally {
      run("umount", "-l", disk.toString());
    }
  }

  private static int revisions(Site site) {
    return site.centre().alerts().values().stream().mapToInt(List::size).sum();
  }

  private static int run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
  }
}
