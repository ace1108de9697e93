package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Site;
import org.cityedge.fixtures.SmallDisk;
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
    try (SmallDisk disk =
            SmallDisk.mount(folder.resolve("disk"), "size=24m")
                .orElseGet(() -> abort("only root may mount a small file system"));
        Site site = Site.open(folder, disk.folder().resolve("data"), Duration.ofMillis(100))) {
      Path config = site.city().maxBytes("8MiB").telemetryEvery("100ms").write(folder);
      try (AgentProcess agent = site.run(config)) {
        site.awaitReceived(10);
        for (int time = 0; time < TIMES; time++) {
          assertThat(never.await(random.nextInt(500), TimeUnit.MILLISECONDS)).isFalse();
          disk.fill();
          int before = revisions(site);
          site.door().set(time % 2 == 0);
          Eventually.await(
              "the door's alert passes a full disk", Site.LIMIT, () -> revisions(site) > before);
          assertThat(never.await(random.nextInt(500), TimeUnit.MILLISECONDS)).isFalse();
          disk.free();
          site.awaitReceivedMore(5);
        }
        assertThat(agent.stop()).isZero();
      }
      site.assertEverythingIsAccountedFor();
    } catch (AssertionError e) {
      throw new AssertionError(
          "seed " + seed + "\n" + AgentProcess.tail(folder.resolve("agent.log")), e);
    }
  }

  private static int revisions(Site site) {
    return site.centre().alerts().values().stream().mapToInt(List::size).sum();
  }
}
