package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.cityedge.agent.cli.Verb;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.config.Deployment;
import org.cityedge.config.KeyList;
import org.cityedge.config.Order;
import org.cityedge.config.SignedConfig;
import org.cityedge.config.SignedConfig.Situation;
import org.cityedge.config.SignedConfig.Verdict.Accepted;

/** Signed orders for the gateway gw-1, whose data folder is {@code data} in the test's own. */
final class Orders {
  private final Path folder;

  /** Makes the keys, and the list of them that the gateway obeys. */
  Orders(Path folder) throws Exception {
    this.folder = folder;
    Files.createDirectories(folder.resolve("data/keys"));
    run("config", "keygen", at("data/keys/root.key"));
    run("config", "keygen", at("c.key"), "--role", "config", "--expires", "2099-01-01");
    run(
        "config",
        "keys",
        at("c.pub.json"),
        "--root",
        at("data/keys/root.key"),
        "--epoch",
        "1",
        "--out",
        at("data/keys/keys.jws"));
  }

  /** The versions, as the agent's process has them after its start. */
  Deployment deployment() throws Exception {
    Deployment deployment = Deployment.open(folder.resolve("data/config"), "boot-1");
    deployment.recover();
    return deployment;
  }

  /** Puts a document on trial. */
  void begin(Deployment deployment, int sequence, String yaml) throws Exception {
    Path file = Files.writeString(folder.resolve("next.yaml"), yaml);
    String order = at("order-" + sequence + ".jws");
    run(
        "config",
        "sign",
        file.toString(),
        "--key",
        at("c.key"),
        "--seq",
        "" + sequence,
        "--issuer",
        "centre",
        "--by",
        "ops",
        "--reason",
        "test",
        "--out",
        order);
    byte[] signed = Files.readAllBytes(Path.of(order));
    KeyList keys = new TrustedKeys(folder.resolve("data")).read();
    Situation situation =
        new Situation(
            "gw-1", Order.Version.of("1.0.0"), deployment.standing().floor(), Instant.now(), true);
    Accepted<GatewayConfig> accepted =
        (Accepted<GatewayConfig>)
            SignedConfig.judge(signed, keys, situation, s -> GatewayConfig.read(s, folder));
    deployment.begin(signed, accepted, keys.epoch());
  }

  private static void run(String... arguments) {
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said, true);
    assertThat(Main.run(arguments, out, out)).as(said.toString()).isEqualTo(Verb.OK);
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }
}
