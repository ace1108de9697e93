package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cityedge.agent.cli.Verb;
import org.cityedge.config.Deployment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a gateway whose orders each have another camera and another broker. */
class ActiveConfigTest {
  @TempDir Path folder;
  private Path factory;
  private Path data;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void hasAFactoryDocument() throws IOException {
    factory = Files.writeString(folder.resolve("gateway.yaml"), yaml("factory"));
    data = folder.resolve("data");
  }

  /** Nobody listens on port 1. */
  private static String yaml(String name) {
    return """
    gateway: {id: gw-1, district: "510108"}
    uplink: {brokers: ["mqtt://127.0.0.1:1"]}
    cameras:
      - {id: cam-%s, name: c, source: "rtsp://127.0.0.1:1/cam", detect: [crowd]}
    """
        .formatted(name);
  }

  private String active() throws Exception {
    ActiveConfig active = ActiveConfig.read(factory, data);
    return String.join(" ", active.config().cameras().keySet()) + " of " + active.origin();
  }

  private void breakFiles(String beginning) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("config"))) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith(beginning)).toList()) {
        Files.writeString(file, "x");
      }
    }
  }

  @Test
  void isTheFactoryDocumentThenTheOrderOnTrialThenTheOneThatWasCommitted() throws Exception {
    assertThat(active()).isEqualTo("cam-factory of the factory document (" + factory + ")");
    Orders orders = new Orders(folder);
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, 1, yaml("one"));
      assertThat(active()).isEqualTo("cam-one of the order on trial (epoch 1, sequence 1)");
      deployment.commit("");
      assertThat(active()).isEqualTo("cam-one of the active order (epoch 1, sequence 1)");
      orders.begin(deployment, 2, yaml("two"));
      breakFiles("1-2-");
      assertThat(active()).isEqualTo("cam-one of the active order (epoch 1, sequence 1)");
    }
  }

  /** What cannot be read may be what runs. */
  @Test
  void isNotKnownWhileTheActiveOrderCannotBeRead() throws Exception {
    Orders orders = new Orders(folder);
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, 1, yaml("one"));
      deployment.commit("");
    }
    try (Stream<Path> files = Files.list(data.resolve("config"))) {
      Path order = files.filter(file -> file.toString().endsWith(".jws")).findAny().orElseThrow();
      Files.delete(order);
      Files.createDirectory(order);
    }
    assertThatThrownBy(this::active).isInstanceOf(IOException.class);
  }

  @Test
  void anOrderOnTrialWhoseStartsAreUsedUpIsNamedAsOneThatTheNextStartGivesUp() throws Exception {
    Orders orders = new Orders(folder);
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, 1, yaml("one"));
    }
    try (Deployment again = orders.deployment()) {
      assertThat(again.standing().attempt()).isPresent();
      assertThat(active())
          .isEqualTo(
              "cam-one of the order on trial (epoch 1, sequence 1; one more start gives it up)");
    }
    try (Deployment last = orders.deployment()) {
      assertThat(last.standing().attempt()).isEmpty();
      assertThat(active()).isEqualTo("cam-factory of the factory document (" + factory + ")");
    }
  }

  @Test
  void isNotKnownWhenTheStateIsDamagedOrCannotBeRead() throws Exception {
    Orders orders = new Orders(folder);
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, 1, yaml("one"));
      deployment.commit("");
    }
    breakFiles("state.");
    assertThatThrownBy(this::active)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged");

    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createFile(elsewhere.resolve("config"));
    assertThatThrownBy(() -> ActiveConfig.read(factory, elsewhere)).isInstanceOf(IOException.class);
  }

  @Test
  void isWhatTheVerbsThatLookAtTheGatewayGoBy() throws Exception {
    Orders orders = new Orders(folder);
    try (Deployment deployment = orders.deployment()) {
      orders.begin(deployment, 1, yaml("one"));
      deployment.commit("");
    }
    for (List<String> verb :
        List.of(
            List.of("camera", "test", "none"),
            List.of("camera", "frame", "none", "--masked", "f.jpg"),
            List.of("mqtt", "ping"),
            List.of("alert", "show", "--cap", "none"))) {
      err.getBuffer().setLength(0);
      List<String> arguments = new ArrayList<>(verb);
      arguments.addAll(List.of("--config", factory.toString()));
      assertThat(
              Main.run(
                  arguments.toArray(String[]::new),
                  new PrintWriter(out, true),
                  new PrintWriter(err, true)))
          .isNotEqualTo(Verb.OK);
      assertThat(err.toString())
          .startsWith("cityedge: by the active order (epoch 1, sequence 1)")
          .doesNotContain("cam-factory");
    }
  }
}
