package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.cli.Verb;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.config.KeyList;
import org.cityedge.config.SignedCommand;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandVerbTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private Maintainer maintainer;

  @BeforeEach
  void provision() throws Exception {
    maintainer = Maintainer.provision(folder, folder);
  }

  private int sign(String verb, String args, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of("command", "sign", verb, "--key", maintainer.key("command-1.key").toString()));
    all.addAll(List.of("--gateway", "gw-0042", "--by", "ops-li", "--args", args));
    all.addAll(List.of("--out", folder.resolve("signed.jws").toString()));
    all.addAll(List.of(more));
    PrintWriter writer = new PrintWriter(out, true);
    return Main.run(all.toArray(String[]::new), writer, writer);
  }

  @Test
  void signsWhatAGatewayCarriesOut() throws Exception {
    assertThat(sign("output-set", "{\"id\":\"siren-1\",\"on\":true}", "--minutes", "10"))
        .as("%s", out)
        .isEqualTo(Verb.OK);
    assertThat(out.toString()).contains("output-set for gw-0042, signed by command-1, until ");
    KeyList keys = new TrustedKeys(folder).read();
    assertThat(
            SignedCommand.judge(
                Files.readAllBytes(folder.resolve("signed.jws")),
                keys,
                new SignedCommand.Situation("gw-0042", "output-set", Instant.now(), true),
                args -> args.id("id") + args.flag("on", false)))
        .isInstanceOfSatisfying(
            SignedCommand.Verdict.Accepted.class,
            accepted -> {
              assertThat(accepted.arguments()).isEqualTo("siren-1true");
              assertThat(accepted.command().by()).isEqualTo("ops-li");
            });
  }

  @Test
  void signsNothingThatNoGatewayWouldTake() {
    assertThat(sign("ping", "{}")).isEqualTo(64);
    assertThat(sign("restart", "[]")).isEqualTo(64);
    assertThat(out.toString())
        .contains("the others need no signature", "--args must be a JSON object, was []");
    assertThat(sign("restart", "{}", "--minutes", "16")).isEqualTo(Verb.FAILURE);
    assertThat(out.toString()).contains("must be after iat by at most 900 s, was by 960");
    assertThat(folder.resolve("signed.jws")).doesNotExist();
  }

  @Test
  void waitsForNoNegativeTime() {
    assertThat(sign("restart", "{}")).isEqualTo(Verb.OK);
    String signed = folder.resolve("signed.jws").toString();
    PrintWriter writer = new PrintWriter(out, true);
    String[] send = {
      "command",
      "send",
      signed,
      "--district",
      "510108",
      "--broker",
      "mqtt://127.0.0.1:1",
      "--wait",
      "-1"
    };
    assertThat(Main.run(send, writer, writer)).isEqualTo(64);
    assertThat(out.toString()).contains("--wait must be 1..3600, was -1");
  }
}
