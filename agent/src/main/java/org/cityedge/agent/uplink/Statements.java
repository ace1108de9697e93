package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the uplink says about its own connection. These few do not pass through the store: an old
 * one would be a lie.
 */
final class Statements {
  /** The reason in the will; every other reason is said by the gateway itself. */
  static final String CONNECTION_LOST = "connection-lost";

  private final CloudEvents events;
  private final Supplier<StateDocument> state;
  private final long boot;
  private final InstantSource clock;

  Statements(CloudEvents events, Supplier<StateDocument> state, long boot, InstantSource clock) {
    this.events = events;
    this.state = state;
    this.boot = boot;
    this.clock = clock;
  }

  Outgoing online() {
    return state(document(true));
  }

  Outgoing offline(String reason) {
    return state(document(false).put("reason", reason));
  }

  /** Its {@code time} is that of the connection, since a will is written beforehand. */
  Outgoing will() {
    return offline(CONNECTION_LOST);
  }

  Outgoing health(byte[] document) {
    return json(events.topics().health(), document);
  }

  private ObjectNode document(boolean online) {
    StateDocument now = state.get();
    ObjectNode out = CloudEvents.JSON.createObjectNode();
    out.put("online", online).put("boot", boot).put("time", events.time(clock.instant()));
    out.put("version", now.version()).put("configSeq", now.configSeq());
    now.catalog().ifPresent(hash -> out.put("catalog", hash));
    return out;
  }

  private Outgoing state(ObjectNode document) {
    return json(events.topics().state(), document.toString().getBytes(StandardCharsets.UTF_8));
  }

  private Outgoing json(String topic, byte[] document) {
    return new Outgoing(
        topic, document, events.topics().delivery(topic), CloudEvents.RECORD_CONTENT, Map.of());
  }
}
