package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.cityedge.agent.cli.Verb;
import org.cityedge.config.Deployment;
import org.cityedge.config.Sha256;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gateway gw-1 says to site files, as the image's provisioning asks it. */
class ConfigSiteTest {
  private static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 ops-li";

  @TempDir Path folder;
  private Orders orders;
  private String said = "";

  @BeforeEach
  void hasKeysAndAFactoryDocument() throws Exception {
    orders = new Orders(folder);
    Files.writeString(folder.resolve("gateway.yaml"), yaml("gw-1", "factory"));
    write("stick/secrets/broker-2", "geheim");
    write("stick/certificates/city-ca-2.pem", "-----BEGIN");
  }

  private static String yaml(String gateway, String broker) {
    return """
    gateway: {id: %s, district: "510108"}
    uplink: {brokers: ["mqtt://%s.example:1883"]}
    """
        .formatted(gateway, broker);
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private int run(String... arguments) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text, true);
    int code = Main.run(arguments, out, out);
    said = text.toString();
    return code;
  }

  private int sign(String key, String gateway, int sequence, String... more) throws IOException {
    Files.deleteIfExists(folder.resolve("site.jws"));
    List<String> arguments = new ArrayList<>(List.of("config", "sign"));
    arguments.add(write("new.yaml", yaml(gateway, "moved")).toString());
    arguments.addAll(List.of("--key", at(key), "--seq", "" + sequence, "--issuer", "centre"));
    arguments.addAll(List.of("--by", "ops-li", "--reason", "the broker has moved"));
    arguments.addAll(List.of("--out", at("site.jws")));
    arguments.addAll(Arrays.asList(more));
    return run(arguments.toArray(String[]::new));
  }

  private void signed(String key, String gateway, int sequence, String... more) throws IOException {
    assertThat(sign(key, gateway, sequence, more)).as("%s", said).isEqualTo(Verb.OK);
  }

  /** Without a file: whether unsigned ones are taken. */
  private int site(String... file) {
    List<String> arguments = new ArrayList<>(List.of("config", "site"));
    arguments.addAll(Arrays.asList(file));
    arguments.addAll(List.of("--config", at("gateway.yaml"), "--data", at("data")));
    return run(arguments.toArray(String[]::new));
  }

  private void follow(int sequence, String broker) throws Exception {
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, sequence, yaml("gw-1", broker));
      deployment.commit("");
    }
  }

  @Test
  void isNewUntilASignedConfigurationWasFollowed() throws Exception {
    assertThat(site()).as("%s", said).isEqualTo(Verb.OK);
    follow(1, "one");
    assertThat(site()).isEqualTo(Verb.WARNING);
    assertThat(said).contains("in service: order 1 of epoch 1 was followed");
  }

  @Test
  void staysInServiceOnceAnOrderHasFailedItsTrial() throws Exception {
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, 1, yaml("gw-1", "one"));
      assertThat(site()).isEqualTo(Verb.WARNING);
      deployment.rollBack("HEALTH_BROKER_UNREACHABLE", "");
    }
    assertThat(site()).isEqualTo(Verb.WARNING);
  }

  @Test
  void isNewForWhomeverNobodyCanSign() throws Exception {
    follow(1, "one");
    Files.delete(folder.resolve("data/keys/root.pub.json"));
    assertThat(site()).isEqualTo(Verb.OK);
  }

  /** Whoever damages the state must not make the gateway new by that. */
  @Test
  void isNotNewWhenItsStateIsDamaged() throws Exception {
    follow(1, "one");
    write("data/config/state.a", "x");
    write("data/config/state.b", "y");
    assertThat(site()).isEqualTo(Verb.FAILURE);
    assertThat(said).contains("is damaged");
  }

  @Test
  void tellsWhatASignedOneBrings() throws Exception {
    follow(1, "one");
    signed(
        "c.key",
        "gw-1",
        2,
        "--beside",
        at("stick"),
        "--ssh-key",
        write("li.pub", KEY + "\n").toString());
    assertThat(said).contains("with secrets/broker-2", "SSH: " + KEY);
    assertThat(site(at("site.jws"))).as("%s", said).isEqualTo(Verb.OK);
    assertThat(said.lines())
        .containsExactly(
            "order 2",
            "file " + sha256("-----BEGIN") + " certificates/city-ca-2.pem",
            "file " + sha256("geheim") + " secrets/broker-2",
            "sshKey " + KEY,
            "about 2, by ops-li: the broker has moved");
  }

  private static String sha256(String text) {
    return Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void takesThatOfAPushToo() throws Exception {
    signed("c.key", "gw-1", 1);
    assertThat(site(at("site.jws"))).as("%s", said).isEqualTo(Verb.OK);
    assertThat(said).startsWith("order 1").doesNotContain("file ", "sshKey ");
  }

  @Test
  void refusesOneOfAKeyThatIsNotInItsList() throws Exception {
    run("config", "keygen", at("evil.key"), "--role", "config", "--expires", "2099-01-01");
    signed("evil.key", "gw-1", 2, "--ssh-key", "off");
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).startsWith("KEY_UNKNOWN").doesNotContain("order ", "sshKey ");
  }

  @Test
  void refusesOneOfAnotherKeyOfTheSameName() throws Exception {
    Path other = Files.createDirectory(folder.resolve("other"));
    run("config", "keygen", other + "/c.key", "--role", "config", "--expires", "2099-01-01");
    signed("other/c.key", "gw-1", 2);
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).startsWith("SIG_INVALID");
  }

  @Test
  void refusesThatOfAnotherGateway() throws Exception {
    signed("c.key", "gw-2", 2);
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).startsWith("WRONG_AUDIENCE");
    signed("c.key", "gw-2", 2, "--gateway", "gw-1");
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).startsWith("SCHEMA").contains("an order cannot rename a gateway");
  }

  @Test
  void refusesAnOlderOneAndRepeatsThatOfLastTimeOnly() throws Exception {
    follow(3, "three");
    signed("c.key", "gw-1", 2, "--ssh-key", "off");
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).startsWith("SEQ_STALE");
    assertThat(site(at("order-3.jws"))).isEqualTo(Verb.WARNING);
    assertThat(said).startsWith("repeated 3").doesNotContain("sshKey");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, -1})
  void refusesAHalfWrittenOne(int bytes) throws Exception {
    signed("c.key", "gw-1", 2);
    byte[] whole = Files.readAllBytes(folder.resolve("site.jws"));
    int length = bytes < 0 ? whole.length + bytes : bytes;
    Files.write(folder.resolve("site.jws"), Arrays.copyOf(whole, length));
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).startsWith("SIG_INVALID");
  }

  @Test
  void refusesADamagedOne() throws Exception {
    signed("c.key", "gw-1", 2);
    byte[] whole = Files.readAllBytes(folder.resolve("site.jws"));
    whole[60] ^= 1;
    Files.write(folder.resolve("site.jws"), whole);
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).startsWith("SIG_INVALID");
  }

  @Test
  void nobodyCanSignForAGatewayWithoutARootKey() throws Exception {
    signed("c.key", "gw-1", 2);
    Files.delete(folder.resolve("data/keys/root.pub.json"));
    assertThat(site(at("site.jws"))).isEqualTo(Verb.FAILURE);
    assertThat(said).contains("this gateway has no root key");
  }

  @Test
  void signsOnlyFilesThatAGatewayTakes() throws Exception {
    write("stick/secrets/.DS_Store", "left out");
    signed("c.key", "gw-1", 2, "--beside", at("stick"));
    assertThat(said).doesNotContain(".DS_Store");

    Path large = write("stick/secrets/large", "x".repeat(64 * 1024 + 1));
    assertThat(sign("c.key", "gw-1", 2, "--beside", at("stick"))).isEqualTo(Verb.FAILURE);
    assertThat(said).contains(large + " must be a plain file of at most 64 KiB");
    Files.delete(large);

    Path odd = write("stick/secrets/two words", "x");
    assertThat(sign("c.key", "gw-1", 2, "--beside", at("stick"))).isEqualTo(Verb.FAILURE);
    assertThat(said).contains("a plain name");
    Files.delete(odd);

    write("stick/keys/keys.jws", "x");
    assertThat(sign("c.key", "gw-1", 2, "--beside", at("stick"))).isEqualTo(Verb.FAILURE);
    assertThat(said).contains("cannot come with an order");
    assertThat(sign("c.key", "gw-1", 2, "--ssh-key", at("new.yaml"))).isEqualTo(Verb.FAILURE);
    assertThat(said).contains("one public key, ssh-ed25519 AAAA… name, or off");
    assertThat(folder.resolve("site.jws")).doesNotExist();
  }

  @Test
  void isNotPushedSinceItsFilesWouldNotCome() throws Exception {
    signed("c.key", "gw-1", 2, "--beside", at("stick"));
    assertThat(run("config", "push", at("site.jws"), "--broker", "mqtt://127.0.0.1:1"))
        .isEqualTo(Verb.FAILURE);
    assertThat(said).contains("whose files only a stick brings");
  }
}
