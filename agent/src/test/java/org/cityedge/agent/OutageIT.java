package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.Site;
import org.cityedge.fixtures.Centre;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that goes away: nothing is missing when it, or another in its place, is there again. */
class OutageIT {
  private static final Duration PERIOD = Duration.ofMillis(200);

  @TempDir Path folder;

  @Test
  void everyEventOfAnOutageArrivesInTheOrderOfItsTopic() throws Exception {
    try (Site site = Site.open(folder, folder.resolve("data"), PERIOD)) {
      Path config = site.city().telemetryEvery("200ms").write(folder);
      try (AgentProcess agent = site.run(config)) {
        site.awaitReceived(30);
        site.broker().stop();
        backlog(site);
        site.startBroker();
        site.awaitReceived(site.appended() + 10);
        assertThat(agent.stop()).isZero();
      }
      site.assertEverythingIsAccountedFor();
      assertThat(site.account().duplicates()).isLessThanOrEqualTo(64);
      assertThat(site.centre().disorder(City.SOURCE).values()).allMatch(late -> late == 0);
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(folder.resolve("agent.log")), e);
    }
  }

  /**
   * thingsboard-gateway#2124, telegraf#18283: a changed configuration destroyed the queue. Here the
   * broker, the sensors, the cap and the packs change, and what waits arrives all the same.
   */
  @Test
  void aBacklogOutlivesAChangedConfiguration() throws Exception {
    try (Site site = Site.open(folder, folder.resolve("data"), PERIOD);
        Mosquitto other = Mosquitto.start(Files.createDirectory(folder.resolve("other")));
        Centre elsewhere = Centre.open(Site.tcp(other), folder.resolve("other-thumbs"), _ -> {})) {
      assertThat(elsewhere.awaitSubscribed(Site.LIMIT)).isTrue();
      site.broker().kill();
      try (AgentProcess agent = site.run(site.city().telemetryEvery("200ms").write(folder))) {
        backlog(site);
        assertThat(agent.stop()).isZero();
      }
      long waiting = site.queue().get("waiting").asLong();
      assertThat(waiting).isEqualTo(site.appended());
      Path changed =
          new City(other.uri())
              .contact("gate-7", site.door().path())
              .maxBytes("16MiB")
              .telemetryEvery("1s")
              .write(folder);
      try (AgentProcess agent = site.run(changed)) {
        site.awaitAppended(waiting + 3);
        Eventually.await(
            "the other centre has the backlog",
            Site.LIMIT,
            () -> elsewhere.account(City.SOURCE).distinct() >= waiting + 3);
        assertThat(agent.stop()).isZero();
      }
      assertThat(site.queue().get("unexplained").asLong()).isZero();
      assertThat(elsewhere.account(City.SOURCE).unexplained()).isEmpty();
      assertThat(elsewhere.account(City.SOURCE).lossCovered()).isZero();
      assertThat(elsewhere.account(City.SOURCE).duplicates()).isZero();
      assertThat(elsewhere.disorder(City.SOURCE).values()).allMatch(late -> late == 0);
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(folder.resolve("agent.log")), e);
    }
  }

  /** Alerts and telemetry go on being stored while nobody listens. */
  private static void backlog(Site site) throws Exception {
    long before = site.appended();
    for (int i = 0; i < 5; i++) {
      site.door().set(i % 2 == 0);
      site.awaitAppended(site.appended() + 8);
    }
    assertThat(site.appended()).isGreaterThanOrEqualTo(before + 40);
    assertThat(site.queue().get("waiting").asLong()).isPositive();
  }
}
