package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.cityedge.agent.cli.Verb;
import org.cityedge.config.Deployment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsVerbTest {
  private static final String GATEWAY =
      """
      gateway: {id: gw-1, district: "510108"}
      uplink: {brokers: ["mqtt://h"]}
      """;

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void listens() throws IOException {
    configure("inbox: {listen: \"coaps://0.0.0.0\"}");
  }

  @Test
  void namesTheInbox() {
    assertThat(ports()).isEqualTo("udp 5684 inbox\n");
  }

  @Test
  void namesThePortThatWasWritten() throws Exception {
    configure("inbox: {listen: \"coap://[::]:15683\"}");
    assertThat(ports()).isEqualTo("udp 15683 inbox\n");
  }

  @Test
  void namesThePage() throws Exception {
    configure("page: {listen: \"eth1:8080\"}");
    assertThat(ports()).isEqualTo("tcp 8080 page\n");
    configure("page: {listen: \"127.0.0.1:8080\"}");
    assertThat(ports()).isEmpty();
  }

  @Test
  void opensNothingThatListensOnTheMachineItselfOnly() throws Exception {
    configure("inbox: {listen: \"coap://127.0.0.1\"}");
    assertThat(ports()).isEmpty();
    configure("");
    assertThat(ports()).isEmpty();
  }

  @Test
  void listsTheProblemsOfADocument() throws Exception {
    configure("inbox: {listen: \"http://h\"}");
    assertThat(run("ports", "--config", at("gateway.yaml"))).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("inbox.listen");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void namesAlsoThoseOfAnOrderOnTrialAndOfTheActiveOne() throws Exception {
    Orders orders = new Orders(folder);
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, 1, GATEWAY + "inbox: {listen: \"coaps://0.0.0.0:6001\"}");
      deployment.commit("");
      orders.begin(deployment, 2, GATEWAY + "inbox: {listen: \"coaps://0.0.0.0:6002\"}");
    }
    assertThat(ports()).isEqualTo("udp 5684 inbox\nudp 6001 inbox\nudp 6002 inbox\n");
  }

  @Test
  void namesThoseThatTheNextStartTriesWhereTheStateIsDamaged() throws Exception {
    commitThree();
    Files.writeString(folder.resolve("data/config/state.a"), "damaged");
    Files.writeString(folder.resolve("data/config/state.b"), "damaged");
    assertThat(ports()).isEqualTo("udp 5684 inbox\nudp 6002 inbox\nudp 6003 inbox\n");
  }

  @Test
  void namesThoseOfTheOrderBeforeADamagedOne() throws Exception {
    commitThree();
    try (Stream<Path> orders = Files.list(folder.resolve("data/config"))) {
      Path newest =
          orders
              .filter(file -> file.getFileName().toString().startsWith("1-3-"))
              .findFirst()
              .orElseThrow();
      Files.writeString(newest, "damaged");
    }
    assertThat(ports()).isEqualTo("udp 5684 inbox\nudp 6002 inbox\n");
  }

  private void commitThree() throws Exception {
    Orders orders = new Orders(folder);
    try (Deployment deployment = orders.deployment()) {
      for (int sequence = 1; sequence <= 3; sequence++) {
        orders.begin(
            deployment,
            sequence,
            GATEWAY + "inbox: {listen: \"coaps://0.0.0.0:600" + sequence + "\"}");
        deployment.commit("");
      }
    }
  }

  private void configure(String inbox) throws IOException {
    Files.writeString(folder.resolve("gateway.yaml"), GATEWAY + inbox);
  }

  private String ports() {
    out.getBuffer().setLength(0);
    assertThat(run("ports", "--config", at("gateway.yaml"))).as(err.toString()).isEqualTo(Verb.OK);
    return out.toString();
  }

  private int run(String... arguments) {
    return Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }
}
