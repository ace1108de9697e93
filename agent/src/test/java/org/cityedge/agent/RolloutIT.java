package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.cli.Verb;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.config.Deployment;
import org.cityedge.config.Standing;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The maintainer's way from keys to a roll-out in rings: two agents as processes, a real broker.
 */
class RolloutIT {
  @TempDir Path folder;

  private String run(int exit, String... arguments) {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text, true);
    assertThat(Main.run(arguments, writer, writer)).as("%s", text).isEqualTo(exit);
    return text.toString();
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private Path config(Mosquitto broker, ContactFile door, String gateway, int doors)
      throws IOException {
    Path home = Files.createDirectories(folder.resolve(gateway + "-" + doors));
    City city = new City(broker.uri());
    for (int i = 1; i <= doors; i++) {
      city.contact("door-" + i, door.path());
    }
    Path file = city.write(home);
    return Files.writeString(file, Files.readString(file).replace("gw-test", gateway));
  }

  private String sign(String key, Path config, int sequence, String name) {
    run(
        Verb.OK,
        ("config sign %s --key %s --seq %d --issuer centre-510108 --by ops-li --reason test"
                + " --deadline 10 --need queue --out %s")
            .formatted(config, at(key), sequence, at(name))
            .split(" ", -1));
    return at(name);
  }

  private Path provisioned(String gateway) throws IOException {
    Path keys = Files.createDirectories(folder.resolve("data-" + gateway).resolve("keys"));
    for (String name : List.of("root.pub.json", "keys.jws")) {
      Files.copy(folder.resolve(name), keys.resolve(name));
    }
    return folder.resolve("data-" + gateway);
  }

  private static long active(Path data) throws IOException {
    return Deployment.inspect(data.resolve("config"))
        .good()
        .map(Standing.Version::sequence)
        .orElse(0L);
  }

  @Test
  void rollsOutRingByRingAndStopsAtTheFirstThatFails() throws Exception {
    run(Verb.OK, "config", "keygen", at("root.key"));
    for (String id : List.of("cfg-1", "cfg-9")) {
      run(
          Verb.OK,
          ("config keygen " + at(id + ".key") + " --role config --expires 2099-01-01")
              .split(" ", -1));
    }
    run(
        Verb.OK,
        ("config keygen " + at("cmd-1.key") + " --role command --expires 2099-01-01")
            .split(" ", -1));
    run(
        Verb.OK,
        "config keys %s %s --root %s --epoch 1 --out %s"
            .formatted(at("cfg-1.pub.json"), at("cmd-1.pub.json"), at("root.key"), at("keys.jws"))
            .split(" ", -1));
    Path first = provisioned("gw-0001");
    Path second = provisioned("gw-0002");
    ContactFile door = ContactFile.create(folder.resolve("door"));
    Path groups = folder.resolve("groups.yaml");
    Files.writeString(groups, "groups: [{name: canary, gateways: [gw-0001]}]\n");
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        AgentProcess one =
            AgentProcess.run(config(broker, door, "gw-0001", 1), first, folder.resolve("one.log"));
        AgentProcess two =
            AgentProcess.run(
                config(broker, door, "gw-0002", 1), second, folder.resolve("two.log"))) {
      List<String> push =
          new ArrayList<>(List.of("config", "push", "--broker", broker.uri().toString()));
      push.addAll(List.of("--groups", groups.toString(), "--group", "canary,50%,all"));
      List<String> good = new ArrayList<>(push);
      Path next = config(broker, door, "gw-0001", 2);
      good.add(sign("cfg-1.key", next, 1, "one-1.jws"));
      good.add(sign("cfg-1.key", config(broker, door, "gw-0002", 2), 1, "two-1.jws"));

      String out = run(Verb.OK, good.toArray(String[]::new));
      System.out.println(out);
      // The share of 50 % is the canary, which is done by then.
      assertThat(out)
          .containsSubsequence(
              "ring 1 of 2: canary, 1 gateways",
              "0/1  gw-0001      sent        sequence 1",
              "gw-0001      probation",
              "1/1  gw-0001      committed",
              "ring 1: 1 committed, 0 failed",
              "ring 2 of 2: all, 1 gateways",
              "gw-0002      sent",
              "1/1  gw-0002      committed",
              "done: 2 committed, 0 failed");
      assertThat(active(first)).isEqualTo(1);
      assertThat(active(second)).isEqualTo(1);

      // The way it was written counts for nothing, and an order that came is told of again.
      String uri = broker.uri().toString();
      assertThat(run(Verb.OK, "config", "diff", next.toString(), "--broker", uri))
          .contains("no change in meaning");
      Files.writeString(
          next,
          Files.readString(next)
              .replace("telemetryPeriod: 1s", "telemetryPeriod: 1000ms")
              .replace("sensors:", "position: {source: fixed, lat: 30.66, lon: 104.1}\nsensors:"));
      assertThat(run(Verb.WARNING, "config", "diff", next.toString(), "--broker", uri))
          .contains("~ uplink.telemetryPeriod: \"1s\" -> \"1000ms\"", "+ position: {")
          .contains("2 differences from gw-0001 (sequence 1) to ");
      assertThat(run(Verb.OK, good.toArray(String[]::new))).contains("done: 2 committed");

      // A key that the gateways do not know: the first ring fails, nobody else hears of it.
      List<String> bad = new ArrayList<>(push);
      bad.add(sign("cfg-9.key", config(broker, door, "gw-0001", 3), 2, "one-2.jws"));
      bad.add(sign("cfg-1.key", config(broker, door, "gw-0002", 3), 2, "two-2.jws"));
      String stopped = run(Verb.FAILURE, bad.toArray(String[]::new));
      System.out.println(stopped);
      assertThat(stopped)
          .contains("failed: gw-0001: rejected KEY_UNKNOWN")
          .contains("stopped: 0 committed, 1 failed; nothing was sent to gw-0002");
      assertThat(active(second)).isEqualTo(1);
      assertThat(Deployment.inspect(second.resolve("config")).floor().sequence()).isEqualTo(1);

      // Within the limit it goes on, and says so.
      bad.addAll(List.of("--limit", "100"));
      assertThat(run(Verb.WARNING, bad.toArray(String[]::new)))
          .contains("failed: gw-0001: rejected KEY_UNKNOWN") // as when it was pushed first
          .contains("gw-0002      committed", "done: 1 committed, 1 failed");
      assertThat(active(first)).isEqualTo(1);
      assertThat(active(second)).isEqualTo(2);

      // A signed command, which both gateways carry out once.
      String file = at("level.jws");
      run(
          Verb.OK,
          ("command sign log-level --key %s --gateway gw-0001 --gateway gw-0002 --by ops-li"
                  + " --args {\"level\":\"debug\",\"minutes\":1} --out %s")
              .formatted(at("cmd-1.key"), file)
              .split(" ", -1));
      String[] send = {"command", "send", file, "--district", "510108", "--broker", uri};
      assertThat(run(Verb.OK, send))
          .contains("gw-0001  {\"ok\":true,\"verb\":\"log-level\"", "gw-0002  {\"ok\":true");
      assertThat(run(Verb.FAILURE, send)).contains("gw-0001  {\"ok\":false", "REPLAYED");
      assertThat(one.stop()).isZero();
      assertThat(two.stop()).isZero();
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(folder.resolve("one.log")), e);
    }
  }
}
