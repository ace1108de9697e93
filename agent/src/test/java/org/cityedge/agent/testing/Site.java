package org.cityedge.agent.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.fixtures.Account;
import org.cityedge.fixtures.Centre;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.ContactFile;

/**
 * One gateway's surroundings for a test of the whole agent: sensors that talk all the time, a door,
 * a real broker, the centre that keeps the account of what reaches it, and a listener that holds
 * every message against the published contract.
 */
public final class Site implements AutoCloseable {
  public static final Duration LIMIT = Duration.ofMinutes(2);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path folder;
  private final Path data;
  private final Mosquitto broker;
  private final CoapCity coap;
  private final Centre centre;
  private final MqttListener contract;
  private final ContactFile door;

  private Site(
      Path folder,
      Path data,
      Mosquitto broker,
      CoapCity coap,
      Centre centre,
      MqttListener contract,
      ContactFile door) {
    this.folder = folder;
    this.data = data;
    this.broker = broker;
    this.coap = coap;
    this.centre = centre;
    this.contract = contract;
    this.door = door;
  }

  /**
   * @param data the agent's data folder
   * @param period how often each sensor speaks
   */
  public static Site open(Path folder, Path data, Duration period) throws Exception {
    Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
    CoapCity coap = CoapCity.start(period);
    Centre centre = Centre.open(tcp(broker), folder.resolve("thumbs"), _ -> {});
    assertThat(centre.awaitSubscribed(LIMIT)).isTrue();
    MqttListener contract = new MqttListener(broker.uri(), "contract", "city/v1/#");
    ContactFile door = ContactFile.create(folder.resolve("door"));
    return new Site(folder, data, broker, coap, centre, contract, door);
  }

  /** How the centre names a broker. */
  public static String tcp(Mosquitto broker) {
    return "tcp://127.0.0.1:" + broker.uri().getPort();
  }

  public Mosquitto broker() {
    return broker;
  }

  /** Starts the broker after its orderly stop; what it kept for its subscribers comes. */
  public void startBroker() {
    broker.start();
    contract.reconnect();
  }

  public ContactFile door() {
    return door;
  }

  public Centre centre() {
    return centre;
  }

  /** A configuration with two sensors and the door. */
  public City city() {
    return new City(broker.uri())
        .observed(
            "pm25-1",
            coap.uri("pm25"),
            "{quantity: pm2_5, unit: ug/m3}, {quantity: temperature, unit: Cel}")
        .observed("level-1", coap.uri("level"), "{quantity: level, unit: m}")
        .contact("door-1", door.path());
  }

  public AgentProcess run(Path config) throws IOException {
    return run(config, Map.of());
  }

  public AgentProcess run(Path config, Map<String, String> environment) throws IOException {
    return AgentProcess.run(config, data, log(), environment);
  }

  public Path log() {
    return folder.resolve("agent.log");
  }

  /** What {@code cityedge queue} says. */
  public JsonNode queue() {
    try {
      return JSON.readTree(AgentProcess.verb(0, "queue", "--data", data.toString(), "--json"));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The last number given out, also while the agent runs; 0 before there is a store. */
  public long appended() {
    if (!Files.exists(data.resolve("events.db"))) {
      return 0;
    }
    try {
      return SqliteEventStore.inspect(data.resolve("events.db")).appended();
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).startsWith("no event store")) {
        // The file is there and its tables are not yet.
        return 0;
      }
      throw new AssertionError(e);
    }
  }

  public Account account() {
    return centre.account(City.SOURCE);
  }

  /** Waits until the centre has so many different events. */
  public void awaitReceived(long count) {
    Eventually.await("the centre received " + count, LIMIT, () -> account().distinct() >= count);
  }

  /** Waits until the centre has more than it has now. */
  public void awaitReceivedMore(long count) {
    awaitReceived(account().distinct() + count);
  }

  public void awaitAppended(long count) {
    Eventually.await("appended " + count, LIMIT, () -> appended() >= count);
  }

  /**
   * The agent has stopped: what it acknowledged has arrived or is declared lost, and no number is
   * missing that nobody explains. What the last run could not send any more waits, and is the
   * highest of its lane.
   */
  public void assertEverythingIsAccountedFor() {
    JsonNode queue = queue();
    assertThat(queue.get("unexplained").asLong()).isZero();
    long gone = queue.get("appended").asLong() - queue.get("waiting").asLong();
    Eventually.await(
        "the centre has all that was acknowledged, " + gone,
        LIMIT,
        () -> account().distinct() + account().lossCovered() >= gone);
    assertThat(account().unexplained()).as("%s", queue).isEmpty();
    assertThat(centre.malformed()).as("%s", centre.complaints()).isZero();
  }

  /**
   * Ends everything.
   *
   * @throws AssertionError when a message did not keep the contract
   */
  @Override
  public void close() {
    try {
      contract.close();
    } finally {
      centre.close();
      coap.close();
      broker.close();
    }
  }
}
