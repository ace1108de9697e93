package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.config.Deployment;
import org.cityedge.config.Order;
import org.cityedge.config.SignedConfig;
import org.cityedge.config.Standing;
import org.cityedge.fixtures.ContactFile;
import org.cityedge.fixtures.SmallDisk;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows 6 and 10 of config.md §4, for which the clock and the disk must be in the test's hand: the
 * agent in this process, over a real broker.
 */
class AgentIT {
  private static final String G = "city/v1/510108/gw-test/";
  private static final Duration LIMIT = Duration.ofSeconds(40);
  private static final String SHORT = "{\"deadline\":\"10s\",\"need\":[\"broker\",\"queue\"]}";

  @TempDir Path folder;
  private final AtomicReference<String> clock = new AtomicReference<>("none");
  private Mosquitto broker;
  private MqttListener centre;
  private ContactFile door;

  @BeforeEach
  void open() throws Exception {
    broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
    centre = new MqttListener(broker.uri(), "centre", "city/v1/#");
    door = ContactFile.create(folder.resolve("door"));
  }

  @AfterEach
  void close() throws Exception {
    try {
      centre.close();
    } finally {
      broker.close();
    }
  }

  /** The agent on a thread of its own. */
  private final class Running implements AutoCloseable {
    private final Agent agent;
    private final Thread thread;
    private final AtomicReference<Agent.End> end = new AtomicReference<>();

    Running(Path data) throws Exception {
      Path factory = config(1);
      agent = Agent.open(factory, data, data.resolve("run"), Duration.ofSeconds(1), clock::get);
      thread =
          Thread.ofPlatform()
              .name("agent")
              .start(
                  () -> {
                    try (agent) {
                      end.set(agent.run());
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  });
    }

    @Override
    public void close() {
      agent.stop();
      try {
        assertThat(thread.join(LIMIT)).as("the agent ends").isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Path config(int doors) throws IOException {
    City city = new City(broker.uri());
    for (int i = 1; i <= doors; i++) {
      city.contact("door-" + i, door.path());
    }
    return city.write(Files.createTempDirectory(folder, "config"));
  }

  private void push(String order) {
    centre.publishRetained(G + "config/desired", order);
  }

  private void awaitReport(long sequence, String state, String code) {
    centre.await(
        LIMIT,
        m ->
            m.topic().equals(G + "config/reported")
                && m.text()
                    .matches(
                        ".*\"attempt\":\\{\"epoch\":[0-9]+,\"seq\":%d,\"state\":\"%s\",\"code\":\"%s\".*"
                            .formatted(sequence, state, code)));
  }

  /** Row 6. */
  @Test
  void anOrderTakenOnAnUntrustedClockIsJudgedAgainOnceTheClockIsRight() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Maintainer maintainer = Maintainer.provision(folder, data);
    long now = System.currentTimeMillis() / 1000;
    try (Running _ = new Running(data)) {
      push(maintainer.order(1, config(2), SHORT, now + 3600));
      awaitReport(1, "committed", "CLOCK_UNTRUSTED");
      // Nobody vouches for the clock, so nobody can say that this one has expired.
      push(maintainer.order(2, config(3), SHORT, now - 10));
      awaitReport(2, "committed", "CLOCK_UNTRUSTED");
      clock.set("ntp");
      awaitReport(2, "rolled_back", "EXPIRED");
      push(maintainer.order(3, config(3), SHORT, now - 10));
      awaitReport(3, "rejected", "EXPIRED");
    }
    Standing standing = Deployment.inspect(data.resolve("config"));
    assertThat(standing.good().orElseThrow().sequence()).isEqualTo(1);
    assertThat(standing.good().orElseThrow().clockUntrusted())
        .as("it has not expired, so its times are judged for good")
        .isFalse();
  }

  /** By an agent that knows one key more. */
  private void commitByANewerAgent(Path data, Maintainer maintainer) throws Exception {
    try (Deployment newer = beginByANewerAgent(data, maintainer)) {
      newer.commit("");
    }
  }

  private Deployment beginByANewerAgent(Path data, Maintainer maintainer) throws Exception {
    Path config = config(2);
    Files.writeString(config, "future: true\n", StandardOpenOption.APPEND);
    byte[] signed = maintainer.order(1, config, SHORT).getBytes(StandardCharsets.UTF_8);
    SignedConfig.Situation situation =
        new SignedConfig.Situation(
            "gw-test", new Order.Version(9, 0, 0), SignedConfig.Floor.NONE, Instant.now(), true);
    Deployment newer = Deployment.open(data.resolve("config"), "another boot");
    newer.recover();
    var verdict =
        SignedConfig.judge(
            signed,
            new TrustedKeys(data).read(),
            situation,
            root -> {
              root.flag("future", false);
              return GatewayConfig.read(root, data);
            });
    newer.begin(signed, (SignedConfig.Verdict.Accepted<GatewayConfig>) verdict, 1);
    return newer;
  }

  @Test
  void anAgentOfASystemOnTrialCondemnsNoOrderOnTrialThatItCannotRead() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path run = Files.createDirectory(data.resolve("run"));
    beginByANewerAgent(data, Maintainer.provision(folder, data)).close();
    Standing before = Deployment.inspect(data.resolve("config"));
    Path onTrial = Files.createFile(run.resolve(Agent.ON_TRIAL));
    // As often as the service is started again, and more often than an order may be tried.
    for (int start = 0; start < 3; start++) {
      try (Agent agent = Agent.open(config(1), data, run)) {
        agent.stop(); // so that it ends in any case
        assertThatThrownBy(agent::run)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("on trial")
            .hasMessageContaining("future");
      }
    }
    assertThat(Deployment.inspect(data.resolve("config"))).isEqualTo(before);
    Files.delete(onTrial);
    try (Running _ = new Running(data)) {
      awaitReport(1, "rolled_back", "HEALTH_START");
    }
  }

  @Test
  void anAgentOfASystemOnTrialEndsRatherThanGiveUpAConfigurationThatItCannotRead()
      throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path run = Files.createDirectory(data.resolve("run"));
    commitByANewerAgent(data, Maintainer.provision(folder, data));
    Path onTrial = Files.createFile(run.resolve(Agent.ON_TRIAL));
    try (Agent agent = Agent.open(config(1), data, run)) {
      agent.stop(); // so that it ends in any case
      assertThatThrownBy(agent::run)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("on trial")
          .hasMessageContaining("future");
    }
    Standing left = Deployment.inspect(data.resolve("config"));
    assertThat(left.good().orElseThrow().sequence()).isEqualTo(1);
    Files.delete(onTrial);
    try (Running _ = new Running(data)) {
      awaitReport(1, "rolled_back", "LKG_LOST");
    }
    assertThat(Deployment.inspect(data.resolve("config")).good()).isEmpty();
  }

  /** Under each of the folders; the test is skipped where none may be mounted. */
  private SmallDisk disk(String size, Path... folders) throws IOException {
    SmallDisk disk =
        SmallDisk.mount(folder.resolve("small"), "size=" + size)
            .orElseGet(() -> Assumptions.abort("only root may mount a small file system"));
    for (Path each : folders) {
      disk.bind(each);
    }
    return disk;
  }

  /** Until nothing has given a byte back for two seconds. */
  private static void fillForGood(SmallDisk disk) {
    long[] full = {0, System.nanoTime()}; // bytes, since when
    Eventually.await(
        "a disk that stays full",
        LIMIT,
        () -> {
          disk.fill();
          if (disk.filled() != full[0]) {
            full[0] = disk.filled();
            full[1] = System.nanoTime();
          }
          return System.nanoTime() - full[1] > Duration.ofSeconds(2).toNanos();
        });
  }

  /** Rows 6 and 10 together: what the clock says is kept as soon as the disk takes it. */
  @Test
  void aFullDiskEndsNobodyOnceTheClockIsRight() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path versions = data.resolve("config");
    Maintainer maintainer = Maintainer.provision(folder, data);
    try (SmallDisk disk = disk("128k", versions);
        Running running = new Running(data)) {
      push(maintainer.order(1, config(2), SHORT, System.currentTimeMillis() / 1000 + 3600));
      awaitReport(1, "committed", "CLOCK_UNTRUSTED");
      disk.fill();
      clock.set("ntp");
      // Three tries and more.
      long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
      Eventually.await("four seconds", LIMIT, () -> System.nanoTime() > end);
      assertThat(running.thread.isAlive()).isTrue();
      assertThat(isUntrusted(versions)).as("the disk took nothing").isTrue();
      disk.free();
      Eventually.await("what the clock says is kept", LIMIT, () -> !isUntrusted(versions));
    }
  }

  private static boolean isUntrusted(Path versions) {
    try {
      return Deployment.inspect(versions).good().orElseThrow().clockUntrusted();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Row 10. */
  @Test
  void aFullDiskKeepsWhatIsActiveAndTriesAgain() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Maintainer maintainer = Maintainer.provision(folder, data);
    // A disk of their own: from the store's, which gives room back now and then, one could slip
    // through.
    try (SmallDisk disk = disk("128k", data.resolve("config"));
        Running _ = new Running(data)) {
      centre.await(LIMIT, m -> m.topic().equals(G + "state"));
      disk.fill();
      push(maintainer.order(1, config(2), SHORT));
      // Three tries and more.
      long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
      Eventually.await("four seconds", LIMIT, () -> System.nanoTime() > end);
      assertThat(Deployment.inspect(data.resolve("config")).attempt()).isEmpty();
      assertThat(Deployment.inspect(data.resolve("config")).good()).isEmpty();
      // What comes meanwhile and is of no use takes nothing from it.
      push("");
      awaitReport(0, "rejected", "DESIRED_EMPTY");
      disk.free();
      awaitReport(1, "committed", "CLOCK_UNTRUSTED");

      disk.fill();
      MqttProperties ask = new MqttProperties();
      ask.setResponseTopic(G + "cmd-res/desk-7");
      ask.setCorrelationData(new byte[] {1});
      centre.publish(
          G + "cmd/config-rollback",
          maintainer.command("gw-test", "config-rollback", "back-1", "{}"),
          ask);
      centre.await(LIMIT, m -> m.topic().endsWith("cmd-res/desk-7") && m.text().contains("true"));
      long refused = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      Eventually.await("three seconds", LIMIT, () -> System.nanoTime() > refused);
      assertThat(Deployment.inspect(data.resolve("config")).good()).isPresent();
      disk.free();
      awaitReport(1, "rolled_back", "ROLLBACK");
    }
  }

  /** As one that was started on a read-only disk, which takes writes again since. */
  @Test
  void isStartedAgainWhenTheVersionsWereChangedBeforeItCouldTakeThem() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path inTheWay = Files.createDirectories(data.resolve("config/lock"));
    Path elsewhere = folder.resolve("elsewhere");
    try (Deployment other = Deployment.open(elsewhere, "boot")) {
      other.recover();
      other.told();
    }
    try (Running running = new Running(data)) {
      centre.await(LIMIT, m -> m.topic().equals(G + "state"));
      Files.copy(elsewhere.resolve("state.a"), data.resolve("config/state.a"));
      Files.delete(inTheWay);
      Eventually.await("the end", LIMIT, () -> running.end.get() == Agent.End.RESTART);
    }
  }

  /** Row 10: what no evidence could have helped costs none. */
  @Test
  void aCommitThatIsRefusedAgainAndAgainCostsEvidenceOnce() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path clips = Files.createDirectory(data.resolve("clips"));
    int evidence = 6;
    for (int i = 0; i < evidence; i++) {
      Files.write(clips.resolve("kept-" + i + ".mp4"), new byte[(int) KeptEvidence.ROOM]);
    }
    Maintainer maintainer = Maintainer.provision(folder, data);
    Path late = folder.resolve("late");
    Path waits =
        new City(broker.uri())
            .contact("door-1", door.path())
            .contact("door-2", late)
            .write(Files.createTempDirectory(folder, "config"));
    try (SmallDisk disk = disk("128k", data.resolve("config"));
        Running _ = new Running(data)) {
      centre.await(LIMIT, m -> m.topic().equals(G + "state"));
      push(
          maintainer.order(
              1, waits, "{\"deadline\":\"10s\",\"need\":[\"queue\",\"sensors>=100%\"]}"));
      centre.await(
          LIMIT,
          m ->
              m.topic().equals(G + "config/reported")
                  && m.text().contains("\"seq\":1,\"state\":\"probation\""));
      disk.fill();
      ContactFile _ = ContactFile.create(late);
      // The deadline and more.
      long over = System.nanoTime() + Duration.ofSeconds(11).toNanos();
      Eventually.await("eleven seconds", LIMIT, () -> System.nanoTime() > over);
      // What was passed is passed.
      Files.delete(late);
      long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      Eventually.await("three seconds", LIMIT, () -> System.nanoTime() > end);
      try (Stream<Path> left = Files.list(clips)) {
        assertThat(left).hasSize(evidence - 1);
      }
      disk.free();
      awaitReport(1, "committed", "CLOCK_UNTRUSTED");
    }
  }

  /** Row 10: for the order itself, and for its commit. */
  @Test
  void evidenceGoesFirstWhenTheDiskRefusesAnOrderOrItsCommit() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path clips = data.resolve("clips");
    Maintainer maintainer = Maintainer.provision(folder, data);
    // The store has its own disk and so drops nothing itself.
    try (SmallDisk disk = disk("512k", data.resolve("config"), clips)) {
      keep(clips, "first");
      try (Running _ = new Running(data)) {
        centre.await(LIMIT, m -> m.topic().equals(G + "state"));
        fillForGood(disk);
        push(maintainer.order(1, config(2), SHORT));
        awaitReport(1, "committed", "CLOCK_UNTRUSTED");
        assertThat(clips).isEmptyDirectory();

        disk.free();
        keep(clips, "second");
        Path late = folder.resolve("late");
        Path waits =
            new City(broker.uri())
                .contact("door-1", door.path())
                .contact("door-2", late)
                .write(Files.createTempDirectory(folder, "config"));
        // A larger buffer, so that the gateway is opened anew and finds the new evidence.
        Files.writeString(waits, "buffer: {maxBytes: 600MiB}\n", StandardOpenOption.APPEND);
        push(
            maintainer.order(
                2, waits, "{\"deadline\":\"20s\",\"need\":[\"queue\",\"sensors>=100%\"]}"));
        centre.await(
            LIMIT,
            m ->
                m.topic().equals(G + "config/reported")
                    && m.text().contains("\"seq\":2,\"state\":\"probation\""));
        assertThat(clips).isNotEmptyDirectory();
        fillForGood(disk);
        ContactFile _ = ContactFile.create(late);
        awaitReport(2, "committed", "CLOCK_UNTRUSTED");
        assertThat(clips).isEmptyDirectory();
      }
    }
  }

  /** config.md knows no such row: requirements.md §3.2 does. */
  @Test
  void theButtonHeldFromTheStartAndLetGoBringsBackTheFactoryDocument() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    ContactFile button = ContactFile.create(folder.resolve("button"));
    Path lamp = folder.resolve("lamp");
    Path ordered = config(2);
    Files.writeString(
        ordered,
        """
        button: {chip: sim, simFile: %s}
        led: {fault: {chip: sim, simFile: %s}}
        """
            .formatted(button.path(), lamp),
        StandardOpenOption.APPEND);
    Maintainer maintainer = Maintainer.provision(folder, data);
    try (Running _ = new Running(data)) {
      push(maintainer.order(1, ordered, SHORT));
      awaitReport(1, "committed", "CLOCK_UNTRUSTED");
    }
    button.set(true);
    try (Running _ = new Running(data)) {
      // No fault's flash is longer than a quarter of a second.
      long[] litSince = {System.nanoTime()};
      Eventually.await(
          "the lamp asks to let go",
          LIMIT,
          () -> {
            if (!level(lamp).equals("1")) {
              litSince[0] = System.nanoTime();
            }
            return System.nanoTime() - litSince[0] > Duration.ofMillis(800).toNanos();
          });
      button.set(false);
      awaitReport(1, "rolled_back", "ROLLBACK");
    }
    assertThat(Deployment.inspect(data.resolve("config")).good()).isEmpty();
  }

  private static String level(Path line) {
    try {
      return Files.readString(line).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** As the agent finds them when it is started, or starts its gateway anew. */
  private static void keep(Path clips, String name) throws IOException {
    for (int i = 0; i < 3; i++) {
      Files.write(clips.resolve(name + "-" + i + ".mp4"), new byte[32 << 10]);
    }
  }
}
