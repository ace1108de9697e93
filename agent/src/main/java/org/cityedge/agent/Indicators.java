package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.cityedge.agent.care.Lights;
import org.cityedge.agent.page.StatusPage;
import org.cityedge.agent.remote.ByHand;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.buffer.EventStore;
import org.cityedge.config.Deployment;
import org.cityedge.config.Standing;

/** What the two lamps show of a running gateway, and its page with them. Safe for all threads. */
final class Indicators {
  private final Supplier<Publisher> publisher;
  private final Health health;
  private final EventStore store;
  private final Path versions;

  /**
   * @param versions folder of the kept configurations
   */
  Indicators(Supplier<Publisher> publisher, Health health, EventStore store, Path versions) {
    this.publisher = publisher;
    this.health = health;
    this.store = store;
    this.versions = versions;
  }

  Lights light(Lights.Config config) {
    return Lights.start(config, this::cloud, this::faultCodes);
  }

  Lights.Cloud cloud() {
    Publisher now = publisher.get();
    if (now.status().connected()) {
      return Lights.Cloud.CONNECTED;
    }
    return now.connecting() ? Lights.Cloud.CONNECTING : Lights.Cloud.WAITING;
  }

  /** The numbers that the technician's page explains, ascending; empty when all is well. */
  private SortedSet<Integer> faultCodes() {
    SortedSet<Integer> codes = new TreeSet<>();
    boolean[] faults = {
      health.sensorsFailing() > 0,
      health.camerasFailing() > 0,
      store.trouble().isPresent(),
      Health.clock().source().equals("none"),
      rolledBack(versions),
      Health.boardSuffers()
    };
    for (int i = 0; i < faults.length; i++) {
      if (faults[i]) {
        codes.add(i + 1);
      }
    }
    return codes;
  }

  /** What the page says of the gateway beyond what it is told itself. */
  StatusPage.Troubles troubles() {
    return new StatusPage.Troubles(
        Health.voltageLow(), rolledBack(versions), health.modelsInTrouble());
  }

  /** The last order was given up, and nobody asked for it. */
  static boolean rolledBack(Path versions) {
    try {
      return Deployment.inspect(versions)
          .last()
          .filter(last -> last.state() == Standing.State.ROLLED_BACK)
          .filter(last -> !ByHand.wanted(last))
          .isPresent();
    } catch (IOException e) {
      return false;
    }
  }
}
