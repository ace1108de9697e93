package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.fixtures.Centre;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at random moments under load: the centre's account has no gap that nobody
 * explains.
 */
class KillIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int KILLS = 50;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path folder;

  @Test
  void fiftyKillsLeaveNoUnexplainedGap() throws Exception {
    long seed = System.nanoTime();
    System.out.println("KillIT seed=" + seed);
    Random random = new Random(seed);
    Path log = folder.resolve("agent.log");
    Path data = folder.resolve("data");
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        CoapCity coap = CoapCity.start(Duration.ofMillis(50));
        Centre centre =
            Centre.open(
                "tcp://127.0.0.1:" + broker.uri().getPort(), folder.resolve("thumbs"), _ -> {})) {
      assertThat(centre.awaitSubscribed(LIMIT)).isTrue();
      ContactFile contact = ContactFile.create(folder.resolve("contact"));
      Path config =
          new City(broker.uri())
              .telemetryEvery("100ms")
              .observed(
                  "pm25-1",
                  coap.uri("pm25"),
                  "{quantity: pm2_5, unit: ug/m3}, {quantity: temperature, unit: Cel}")
              .observed("level-1", coap.uri("level"), "{quantity: level, unit: m}")
              .contact("door-1", contact.path())
              .write(folder);
      CountDownLatch done = new CountDownLatch(1);
      Thread flapping = Thread.ofVirtual().start(() -> flap(contact, done));
      try {
        for (int kill = 0; kill < KILLS; kill++) {
          long before = centre.account(City.SOURCE).distinct();
          try (AgentProcess agent = AgentProcess.run(config, data, log)) {
            // Every third dies during its start; the others once it delivers, up to 400 ms into its
            // work.
            if (kill % 3 != 0) {
              Eventually.await(
                  "run " + kill + " delivers",
                  LIMIT,
                  () -> centre.account(City.SOURCE).distinct() > before);
            }
            assertThat(
                    done.await(random.nextInt(kill % 3 == 0 ? 1200 : 400), TimeUnit.MILLISECONDS))
                .isFalse();
            agent.kill();
          }
        }
        try (AgentProcess agent = AgentProcess.run(config, data, log)) {
          long before = centre.account(City.SOURCE).distinct();
          Eventually.await(
              "the last run delivers",
              LIMIT,
              () -> centre.account(City.SOURCE).distinct() > before + 20);
          assertThat(agent.stop()).isZero();
        }
      } finally {
        done.countDown();
        flapping.join();
      }
      JsonNode account =
          JSON.readTree(AgentProcess.verb(0, "queue", "--data", data.toString(), "--json"));
      assertThat(account.get("unexplained").asLong()).isZero();
      long waiting = account.get("waiting").asLong();
      long appended = account.get("appended").asLong();
      // What the last run could not send any more waits, and is the highest of its lane.
      Eventually.await(
          "the centre has all that was acknowledged",
          LIMIT,
          () ->
              centre.account(City.SOURCE).distinct() + centre.account(City.SOURCE).lossCovered()
                  >= appended - waiting);
      assertThat(centre.account(City.SOURCE).unexplained())
          .as("appended %s waiting %s", appended, waiting)
          .isEmpty();
      // Under load means several events per life, however slow the machine starts its JVMs.
      assertThat(appended).isGreaterThan(4L * KILLS);
      System.out.println("KillIT appended=" + appended + " centre=" + centre.account(City.SOURCE));
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + "\n" + AgentProcess.tail(log), e);
    }
  }

  /**
   * Opens and closes the door some times a second, so that alerts are raised and cleared all the
   * while.
   */
  private static void flap(ContactFile contact, CountDownLatch done) {
    try {
      boolean open = false;
      while (!done.await(150, TimeUnit.MILLISECONDS)) {
        open = !open;
        contact.set(open);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
