package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.cityedge.agent.cli.Verb;
import org.cityedge.config.SignedConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The maintainer's way from keys to a signed order, by the program's own arguments. */
class ConfigVerbTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private int sign(String out, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("config", "sign", at("gateway.yaml"), "--key", at("cfg-1.key"), "--issuer"));
    arguments.addAll(List.of("centre-510108", "--by", "ops-li", "--reason", "raise the threshold"));
    arguments.addAll(List.of("--need", "queue", "--need", "cameras>=1", "--out", at(out)));
    arguments.addAll(Arrays.asList(more));
    return run(arguments.toArray(String[]::new));
  }

  private int verify(String order, String gateway) {
    return run(
        "config",
        "verify",
        at(order),
        "--keys",
        at("keys.jws"),
        "--root",
        at("root.pub.json"),
        "--gateway",
        gateway);
  }

  @BeforeEach
  void issueKeys() throws IOException {
    Files.writeString(
        folder.resolve("gateway.yaml"),
        """
        # The threshold is what the district asked for.
        gateway: {id: gw-0042, district: "510108", name: "网关 \\"一\\""}
        uplink: {brokers: ["mqtt://10.1.2.3:1883"]}
        buffer: {maxBytes: 64MiB}
        sensors:
          - {id: pm25-1, type: coap, uri: "coap://10.1.2.20/pm25", period: 60s,
             channels: [{quantity: pm2_5, unit: ug/m3, min: 0, max: 1e3}]}
        """);
    assertThat(run("config", "keygen", at("root.key"))).isEqualTo(Verb.OK);
    keygen("cfg-1", "config");
    keygen("city", "countersign");
    assertThat(keys("keys.jws", 1)).isEqualTo(Verb.OK);
  }

  private void keygen(String id, String role) {
    int code = run("config", "keygen", at(id + ".key"), "--role", role, "--expires", "2099-01-01");
    assertThat(code).as(err.toString()).isEqualTo(Verb.OK);
  }

  private int keys(String name, int required) {
    return run(
        "config",
        "keys",
        at("cfg-1.pub.json"),
        at("city.pub.json"),
        "--root",
        at("root.key"),
        "--epoch",
        "1",
        "--required",
        "" + required,
        "--out",
        at(name));
  }

  @Test
  void signsWhatTheGatewayItConfiguresWouldFollow() {
    assertThat(sign("order.jws", "--seq", "58")).as(err.toString()).isEqualTo(Verb.OK);
    assertThat(verify("order.jws", "gw-0042")).as(out.toString()).isEqualTo(Verb.OK);
    assertThat(out.toString())
        .contains("a gateway without an order would follow it")
        .contains("sequence 58 of centre-510108 for gw-0042, by ops-li: raise the threshold")
        .contains("configures gw-0042: 1 sensors, 0 cameras");
    assertThat(verify("order.jws", "gw-0001")).isEqualTo(Verb.FAILURE);
    assertThat(out.toString()).contains("WRONG_AUDIENCE: it is for gw-0042");
  }

  /** Whether 1.10 is a number is known to who reads the key, and to nobody before. */
  @Test
  void signsEachValueAsItStandsInTheFile() throws Exception {
    Path file = folder.resolve("gateway.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replace("name: \"网关 \\\"一\\\"\"", "name: 1.10, address: 12E3456789"));
    assertThat(sign("order.jws", "--seq", "58")).as(err.toString()).isEqualTo(Verb.OK);
    assertThat(SignedConfig.claims(Files.readAllBytes(folder.resolve("order.jws"))))
        .contains("\"name\":1.10", "\"address\":12E3456789");
    assertThat(verify("order.jws", "gw-0042")).as(out.toString()).isEqualTo(Verb.OK);
  }

  @Test
  void tellsValuesApartThatAreOneNumber() throws IOException {
    String one = Files.readString(folder.resolve("gateway.yaml"));
    for (String address : List.of("1.10", "1.1")) {
      Files.writeString(
          folder.resolve(address + ".yaml"),
          one.replace("id: gw-0042", "id: gw-0042, address: " + address));
    }
    assertThat(run("config", "diff", at("1.10.yaml"), at("1.1.yaml")))
        .as(out + "" + err)
        .isEqualTo(Verb.WARNING);
    assertThat(out.toString()).contains("~ gateway.address: \"1.10\" -> \"1.1\"");
    assertThat(run("config", "diff", at("1.10.yaml"), at("1.10.yaml"))).isEqualTo(Verb.OK);
  }

  @Test
  void signsTwice() throws IOException {
    Files.delete(folder.resolve("keys.jws"));
    assertThat(keys("keys.jws", 2)).isEqualTo(Verb.OK);
    sign("one.jws", "--seq", "58");
    assertThat(verify("one.jws", "gw-0042")).isEqualTo(Verb.FAILURE);
    assertThat(out.toString()).contains("SIG_INVALID: needed are 2 signatures");
    sign("two.jws", "--seq", "58", "--key", at("city.key"));
    assertThat(verify("two.jws", "gw-0042")).as(out + "" + err).isEqualTo(Verb.OK);
  }

  @Test
  void signsNothingThatHasProblems() throws IOException {
    Path file = folder.resolve("gateway.yaml");
    Files.writeString(file, Files.readString(file) + "colour: red\n");
    assertThat(sign("order.jws", "--seq", "58")).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("colour", "the key is unknown here");
    assertThat(folder.resolve("order.jws")).doesNotExist();
  }

  @Test
  void signsNothingThatNoGatewayCouldFollow() {
    assertThat(sign("order.jws", "--seq", "0")).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("seq", "must be a whole number 1..");
    assertThat(sign("order.jws", "--seq", "1", "--need", "luck")).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("gate.need", "was luck");
  }

  @Test
  void keepsPrivateKeysPrivate() throws IOException {
    Path key = folder.resolve("cfg-1.key");
    String text = Files.readString(key);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    assertThat(out + "" + err + Files.readString(folder.resolve("cfg-1.pub.json")))
        .doesNotContain(text.lines().skip(1).findFirst().orElseThrow());
    assertThat(
            run("config", "keygen", at("cfg-1.key"), "--role", "config", "--expires", "2099-01-01"))
        .isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("is there already and is not replaced");
    assertThat(Files.readString(key)).isEqualTo(text);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(sign("order.jws", "--seq", "58")).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("can be read by others; run: chmod 600");
  }

  @Test
  void answersNothingOfAFolderInWhichNoAgentHasBeen() throws IOException {
    assertThat(sign("order.jws", "--seq", "1")).as("%s", err).isEqualTo(Verb.OK);
    Path none = folder.resolve("none");
    for (String verb : List.of("status", "history", "rollback")) {
      assertThat(run("config", verb, "--data", none.toString())).isEqualTo(Verb.FAILURE);
      assertThat(err.toString()).contains("there is no folder " + none);
    }
    assertThat(run("config", "apply", at("order.jws"), "--data", none.toString()))
        .isEqualTo(Verb.FAILURE);
    assertThat(none).doesNotExist();

    Path other = Files.createDirectory(folder.resolve("other"));
    for (String verb : List.of("status", "history")) {
      assertThat(run("config", verb, "--data", other.toString())).isEqualTo(Verb.FAILURE);
    }
    assertThat(out.toString()).doesNotContain("factory");
  }

  @Test
  void saysNotThatTheFactoryDocumentIsActiveWhenTheStateIsDamaged() throws IOException {
    Path versions = Files.createDirectories(folder.resolve("data/config"));
    Files.writeString(versions.resolve("state.a"), "x");
    Files.writeString(versions.resolve("state.b"), "y");
    for (String verb : List.of("status", "history")) {
      assertThat(run("config", verb, "--data", at("data"))).isEqualTo(Verb.FAILURE);
    }
    assertThat(out.toString()).doesNotContain("factory");
    assertThat(err.toString()).contains("the state of the versions in " + versions + " is damaged");
  }

  /** The agent is another user than whoever plugs a stick in. */
  @Test
  void givesTheAgentWhatRootMakesInItsFolder() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    assumeThat(Files.getOwner(data).getName()).as("only root may give away").isEqualTo("root");
    UserPrincipal agent =
        data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
    Files.setOwner(data, agent);
    assertThat(sign("order.jws", "--seq", "1")).as("%s", err).isEqualTo(Verb.OK);
    assertThat(run("config", "apply", at("order.jws"), "--data", data.toString()))
        .isEqualTo(Verb.WARNING);
    try (Stream<Path> files = Files.walk(data)) {
      assertThat(files.filter(Files::exists))
          .contains(data.resolve("config/lock"), data.resolve("config/by-hand/order"))
          .allSatisfy(file -> assertThat(Files.getOwner(file)).as("%s", file).isEqualTo(agent));
    }
  }

  @Test
  void signsForAsManyDaysAsAreAllowedOnly() {
    for (String days : List.of("0", "-1", "3651")) {
      assertThat(sign("order.jws", "--seq", "1", "--days", days)).isEqualTo(64);
      assertThat(err.toString()).contains("--days must be 1..3650, was " + days);
      assertThat(
              run(
                  "update",
                  "sign",
                  at("new.root"),
                  "--key",
                  at("cfg-1.key"),
                  "--seq",
                  "1",
                  "--by",
                  "ops-li",
                  "--out",
                  at("new.update"),
                  "--days",
                  days))
          .isEqualTo(64);
    }
    assertThat(folder.resolve("order.jws")).doesNotExist();
    assertThat(sign("order.jws", "--seq", "1", "--days", "3650")).as("%s", err).isEqualTo(Verb.OK);
  }

  @Test
  void makesNoPrivateKeyWithoutItsOtherHalf() throws IOException {
    Files.writeString(folder.resolve("cfg-9.pub.json"), "{}");
    String[] keygen = {
      "config", "keygen", at("cfg-9.key"), "--role", "config", "--expires", "2099-01-01"
    };
    assertThat(run(keygen)).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("cfg-9.pub.json is there already and is not replaced");
    assertThat(folder.resolve("cfg-9.key")).doesNotExist();
    Files.delete(folder.resolve("cfg-9.pub.json"));
    assertThat(run(keygen)).isEqualTo(Verb.OK);
  }
}
