package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Site;
import org.cityedge.agent.testing.WallClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The wall clock jumps by ten years, there and back (kura#2605, #2563): the agent goes on
 * delivering, and nothing waits longer or expires for it. The clock that only runs on is left
 * alone.
 */
class ClockJumpIT {
  @TempDir Path folder;

  @Test
  void aJumpOfTheWallClockDelaysAndLosesNothing() throws Exception {
    WallClock clock = WallClock.in(folder);
    try (Site site = Site.open(folder, folder.resolve("data"), Duration.ofMillis(200))) {
      Path config = site.city().telemetryEvery("200ms").write(folder);
      try (AgentProcess agent = site.run(config, clock.environment())) {
        site.awaitReceived(10);
        for (String jump : List.of("+3652d", "-3652d", "+0d")) {
          clock.jump(jump);
          site.awaitReceivedMore(10);
          // Alerts too: their hold and grace times are no matter of the wall clock.
          flip(site, true);
          flip(site, false);
        }
        // A backlog that lives through a jump is still there afterwards.
        site.broker().stop();
        long before = site.appended();
        clock.jump("+3652d");
        site.awaitAppended(before + 20);
        site.startBroker();
        site.awaitReceived(site.appended());
        assertThat(agent.stop()).isZero();
      }
      site.assertEverythingIsAccountedFor();
      assertThat(site.queue().get("dropped").asLong()).isZero();
      assertThat(Chain.records(folder.resolve("data")))
          .filteredOn(record -> record.entry().what().equals("step"))
          .as("each jump is in the audit, or both of two in the same second are in neither")
          .hasSizeGreaterThan(2);
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(folder.resolve("agent.log")), e);
    }
  }

  private static void flip(Site site, boolean open) throws Exception {
    int before = revisions(site);
    site.door().set(open);
    Eventually.await("the door's alert changes", Site.LIMIT, () -> revisions(site) > before);
  }

  private static int revisions(Site site) {
    return site.centre().alerts().values().stream().mapToInt(List::size).sum();
  }
}
