package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Credentials;
import org.cityedge.agent.uplink.Inbox;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.agent.uplink.StateDocument;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusPageTest {
  @TempDir Path data;

  private final InstantSource clock = InstantSource.system();
  private StatusPage.Troubles troubles = StatusPage.Troubles.NONE;

  private GatewayConfig config(String page) throws Exception {
    String text =
        """
        gateway: {district: "510108", id: gw-1}
        uplink: {brokers: ["mqtt://127.0.0.1:1"]}
        sensors: [{id: door-1, type: contact, chip: /dev/gpiochip0, line: 3, quantity: open}]
        %s
        """
            .formatted(page);
    return ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, data));
  }

  private StatusPage.Parts parts(GatewayConfig config) {
    CloudEvents events =
        new CloudEvents(
            new Topics("510108", "gw-1"),
            config.gateway().zone(),
            clock,
            new Ulid(clock, new Random(1)));
    MemoryEventStore store = new MemoryEventStore(events::loss);
    Outputs outputs = new Outputs(config.outputs(), System::nanoTime);
    Whereabouts whereabouts = new Whereabouts(Optional.empty(), System::nanoTime);
    AlertTracker alerts =
        new AlertTracker(
            config,
            store,
            events,
            clock,
            System::nanoTime,
            () -> new Alert.Clock("ntp", null),
            whereabouts::at,
            outputs,
            new MemoryShelf());
    Publisher publisher =
        new Publisher(
            store,
            config.uplink(),
            Credentials.in(data),
            events,
            new Publisher.Hooks(
                () -> new StateDocument("0.1.0", Optional.empty(), 0),
                Map.of(),
                new Inbox(Map.of()),
                _ -> {},
                () -> false),
            clock,
            System::nanoTime,
            new Random(1));
    return new StatusPage.Parts(
        store, () -> publisher, alerts, outputs, whereabouts, events, () -> 0L, () -> troubles);
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static String light(HttpClient client, int port) {
    URI light = URI.create("http://127.0.0.1:" + port + "/api/v1/light");
    return client
        .sendAsync(HttpRequest.newBuilder(light).build(), HttpResponse.BodyHandlers.ofString())
        .thenApply(HttpResponse::body)
        .exceptionally(_ -> "")
        .join();
  }

  @Test
  void aPageThatAnOrderSwitchesOnKnowsTheFaultsOfBefore() throws Exception {
    GatewayConfig off = config("");
    int port = freePort();
    GatewayConfig on = config("page: {listen: \"127.0.0.1:%d\"}".formatted(port));
    StatusPage before = new StatusPage(off, parts(off), data, clock, System::nanoTime);
    before.accept(
        new Sample.Missed(
            "door-1", Instant.now(), System.nanoTime(), new Fault(Fault.Kind.HARDWARE, "gone")));
    before.close();
    try (StatusPage page = before.successor(on, List.of());
        HttpClient client = HttpClient.newHttpClient()) {
      page.start();
      Eventually.await(
          "the page listens", Duration.ofSeconds(20), () -> !light(client, port).isEmpty());
      assertThat(light(client, port)).contains("sensor-hardware");
    }
  }

  @Test
  void theLightNamesWhatTheLampForFaultsFlashes() throws Exception {
    int port = freePort();
    GatewayConfig config = config("page: {listen: \"127.0.0.1:%d\"}".formatted(port));
    troubles = new StatusPage.Troubles(true, true, List.of());
    try (StatusPage page = new StatusPage(config, parts(config), data, clock, System::nanoTime);
        HttpClient client = HttpClient.newHttpClient()) {
      page.start();
      Eventually.await(
          "the page listens", Duration.ofSeconds(20), () -> !light(client, port).isEmpty());
      assertThat(light(client, port)).contains("voltage-low", "order-rolled-back");
    }
  }
}
