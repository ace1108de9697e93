package org.cityedge.agent;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.remote.AlertHandling;
import org.cityedge.agent.remote.Answer;
import org.cityedge.agent.remote.CameraSnapshot;
import org.cityedge.agent.remote.Commands;
import org.cityedge.agent.remote.ConfigGet;
import org.cityedge.agent.remote.DoctorCall;
import org.cityedge.agent.remote.EvidenceGet;
import org.cityedge.agent.remote.LogLevel;
import org.cityedge.agent.remote.SignedCommands;
import org.cityedge.agent.remote.StateVerbs;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.EvidenceChunks;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.EventStore;
import org.cityedge.config.SeenCommands;

/** The topics that the gateway subscribes to, and who takes what comes on each. */
final class Subscriptions implements AutoCloseable {
  /**
   * The running parts that what comes in asks of.
   *
   * @param shelves where evidence is kept, masked and unmasked
   * @param rebirth says again what a broker retains
   */
  record Parts(
      EventStore store,
      CloudEvents cloudEvents,
      AlertTracker alerts,
      Outputs outputs,
      EvidenceChunks evidence,
      List<Clips> shelves,
      CameraSnapshot snapshots,
      LogLevel logLevel,
      Runnable rebirth) {}

  private final Commands commands;
  private final Map<String, Consumer<Incoming>> byTopic = new HashMap<>();

  /**
   * @param gateway id that commands must be signed for
   */
  Subscriptions(
      Parts parts,
      String gateway,
      Gateway.Hooks hooks,
      Path data,
      Path run,
      InstantSource clock,
      LongSupplier nanos) {
    SignedCommands signed =
        new SignedCommands(
            gateway,
            new TrustedKeys(data),
            new SeenCommands(data.resolve("commands").resolve("seen"), clock),
            clock,
            Health::clockWasSet,
            hooks.audit(),
            StateVerbs.of(
                parts.outputs, parts.alerts, parts.logLevel, hooks.steering(), parts.shelves));
    this.commands =
        new Commands(
            parts.store,
            parts.cloudEvents,
            readVerbs(parts, hooks, data, run),
            signed,
            hooks.audit(),
            nanos);
    Topics topics = parts.cloudEvents.topics();
    byTopic.put(topics.commands(), commands);
    byTopic.put(
        topics.alertHandling(),
        new AlertHandling(parts.store, parts.cloudEvents, parts.alerts, hooks.audit()));
    hooks.desired().ifPresent(orders -> byTopic.put(topics.configDesired(), orders));
  }

  /** The read commands of wire.md §6. */
  private static Map<String, Function<JsonNode, Answer>> readVerbs(
      Parts parts, Gateway.Hooks hooks, Path data, Path run) {
    return Map.of(
        "ping",
        _ -> new Answer.Done(Map.of("version", Version.agent(), "boot", parts.store.boot())),
        "rebirth",
        _ -> {
          parts.rebirth.run();
          return new Answer.Done(Map.of());
        },
        "evidence-get",
        new EvidenceGet(parts.evidence),
        "config-get",
        new ConfigGet(hooks.steering()::reported),
        "snapshot",
        parts.snapshots,
        "doctor",
        new DoctorCall(hooks.factory(), data, run));
  }

  /** Called on the inbox's thread. */
  Map<String, Consumer<Incoming>> byTopic() {
    return byTopic;
  }

  /** Answers that were still to come are not begun any more. */
  @Override
  public void close() {
    commands.close();
  }
}
