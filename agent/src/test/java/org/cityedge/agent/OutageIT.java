package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.fixtures.Centre;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that goes away and comes back: nothing is missing, nothing is out of order. */
class OutageIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path folder;

  @Test
  void everyEventOfAnOutageArrivesInTheOrderOfItsTopic() throws Exception {
    Path log = folder.resolve("agent.log");
    Path data = folder.resolve("data");
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        CoapCity coap = CoapCity.start(Duration.ofMillis(200));
        Centre centre =
            Centre.open(
                "tcp://127.0.0.1:" + broker.uri().getPort(), folder.resolve("thumbs"), _ -> {})) {
      assertThat(centre.awaitSubscribed(LIMIT)).isTrue();
      ContactFile contact = ContactFile.create(folder.resolve("contact"));
      Path config =
          new City(broker.uri())
              .telemetryEvery("200ms")
              .observed(
                  "pm25-1",
                  coap.uri("pm25"),
                  "{quantity: pm2_5, unit: ug/m3}, {quantity: temperature, unit: Cel}")
              .contact("door-1", contact.path())
              .write(folder);
      try (AgentProcess agent = AgentProcess.run(config, data, log)) {
        awaitReceived(centre, 30);
        broker.stop();
        long before = queue(data).get("appended").asLong();
        // Alerts and telemetry go on being stored while nobody listens.
        for (int i = 0; i < 5; i++) {
          long now = queue(data).get("appended").asLong();
          contact.set(i % 2 == 0);
          awaitAppended(data, now + 8);
        }
        assertThat(queue(data).get("appended").asLong()).isGreaterThanOrEqualTo(before + 40);
        assertThat(queue(data).get("waiting").asLong()).isPositive();
        broker.start();
        awaitReceived(centre, queue(data).get("appended").asLong() + 10);
        assertThat(agent.stop()).isZero();
      }
      JsonNode account = queue(data);
      assertThat(account.get("unexplained").asLong()).isZero();
      long sent = account.get("acknowledged").asLong();
      Eventually.await(
          "the centre has all that was acknowledged",
          LIMIT,
          () -> centre.account(City.SOURCE).distinct() >= sent);
      assertThat(centre.account(City.SOURCE).unexplained()).isEmpty();
      assertThat(centre.account(City.SOURCE).duplicates()).isLessThanOrEqualTo(64);
      assertThat(centre.disorder(City.SOURCE).values()).allMatch(late -> late == 0);
      assertThat(centre.malformed()).as("%s", centre.complaints()).isZero();
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(log), e);
    }
  }

  private static void awaitReceived(Centre centre, long count) {
    Eventually.await(
        "the centre received " + count,
        LIMIT,
        () -> centre.account(City.SOURCE).distinct() >= count);
  }

  private static void awaitAppended(Path data, long count) {
    Eventually.await(
        "appended " + count, LIMIT, () -> queue(data).get("appended").asLong() >= count);
  }

  private static JsonNode queue(Path data) {
    try {
      return JSON.readTree(AgentProcess.verb(0, "queue", "--data", data.toString(), "--json"));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
