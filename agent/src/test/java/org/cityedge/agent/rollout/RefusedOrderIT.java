package org.cityedge.agent.rollout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.uplink.Desk;
import org.cityedge.fixtures.Fault;
import org.cityedge.fixtures.FaultProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefusedOrderIT {
  @TempDir Path folder;
  private final List<String> seen = new ArrayList<>();

  private static OrderFile order(String gateway) {
    return new OrderFile(
        gateway.getBytes(UTF_8),
        gateway,
        "510108",
        58,
        Duration.ofSeconds(10),
        Instant.MAX,
        "ab",
        NullNode.instance);
  }

  /** The others have theirs already, and wait for what becomes of them. */
  @Test
  void anOrderThatTheBrokerRefusesFailsItsGatewayAlone() throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder);
        FaultProxy line = FaultProxy.start(broker.uri().getPort())) {
      line.set(new Fault.RefusePublish(0x87, "/gw-1/"));
      URI through = URI.create("mqtt://127.0.0.1:" + line.port());
      try (Desk desk = Desk.connect(access(through))) {
        Rollout.Result result =
            new Rollout(
                    desk,
                    Map.of("gw-1", order("gw-1"), "gw-2", order("gw-2")),
                    Optional.of(Duration.ofMillis(100)),
                    System::nanoTime,
                    new Seen(new CountDownLatch(0)))
                .run(List.of(new Ring("all", List.of("gw-1", "gw-2"))), 0);
        assertThat(result.stopped()).isTrue();
        assertThat(result.failed()).containsEntry("gw-2", "no result");
        assertThat(result.failed().get("gw-1")).contains("gw-1/config/desired: reason 0x87");
      }
      assertThat(seen).containsExactly("gw-1 refused", "gw-2 sent", "gw-2 no result");
    }
  }

  /** A ring may wait for an hour; that the broker is gone is known at once. */
  @Test
  void aLostBrokerEndsTheWaitingAndSaysOfWhomNothingIsKnown() throws Exception {
    List<Ring> rings = List.of(new Ring("all", List.of("gw-1", "gw-2")));
    CountDownLatch sent = new CountDownLatch(2);
    try (Mosquitto broker = Mosquitto.start(folder);
        Desk desk = Desk.connect(access(broker.uri()))) {
      Rollout rollout =
          new Rollout(
              desk,
              Map.of("gw-1", order("gw-1"), "gw-2", order("gw-2")),
              Optional.of(Duration.ofHours(1)),
              System::nanoTime,
              new Seen(sent));
      FutureTask<Rollout.Result> run = new FutureTask<>(() -> rollout.run(rings, 0));
      Thread thread = Thread.startVirtualThread(run);
      assertThat(sent.await(30, TimeUnit.SECONDS)).isTrue();
      broker.kill();
      assertThatThrownBy(() -> run.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IOException.class)
          .hasMessageContaining("the connection to the broker is lost");
      thread.join();
      assertThat(rollout.soFar(rings).left()).containsExactly("gw-1", "gw-2");
    }
  }

  private static Desk.Access access(URI broker) {
    return new Desk.Access(broker, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private final class Seen implements Rollout.Progress {
    private final CountDownLatch sent;

    private Seen(CountDownLatch sent) {
      this.sent = sent;
    }

    @Override
    public void ring(int number, int of, Ring ring) {}

    @Override
    public void gateway(
        Duration since, String gateway, String state, String text, int done, int of) {
      seen.add(gateway + " " + state);
      if (state.equals("sent")) {
        sent.countDown();
      }
    }

    @Override
    public void ringDone(int number, int committed, int failed) {}
  }
}
