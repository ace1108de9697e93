package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a consumer at the centre says about itself, retained on {@code city/v1/_host/{host}/state}
 * (wire.md §2): {@code {"online":false}} means that nobody would take in what is sent. Nothing
 * retained, and an empty payload, which is how MQTT deletes one, mean that nobody has said so.
 *
 * <p>Heard on the client's threads, asked on the publisher's; never waits and keeps one word only.
 */
final class HostState {
  /**
   * A broker sends what it retained at once after the subscription, though not always before its
   * next answer; when nothing has come by then, nothing is retained.
   */
  static final Duration WORD_WITHIN = Duration.ofSeconds(2);

  /** wire.md §2. */
  private static final int MAX_BYTES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(HostState.class);

  private final Optional<String> topic;
  private final AtomicBoolean malformed = new AtomicBoolean();
  private volatile boolean away;
  private volatile boolean said;

  /**
   * @param host whom to ask; nobody when empty
   */
  HostState(Optional<String> host) {
    this.topic = host.map(Topics::hostState);
  }

  /** What to subscribe to. */
  Optional<String> topic() {
    return topic;
  }

  /** A connection begins, and what its broker retained is not known yet. */
  void forget() {
    away = false;
    said = false;
  }

  /** Whether it is known for this connection what the consumer says; true when nobody is asked. */
  boolean known() {
    return said || topic.isEmpty();
  }

  /** Whether the consumer has said that it is not alive. */
  boolean away() {
    return away;
  }

  /** Takes the message if it is the consumer's; false when it is somebody else's. */
  boolean heard(Incoming message) {
    if (topic.isEmpty() || !topic.get().equals(message.topic())) {
      return false;
    }
    if (message.payload().length == 0) {
      away = false;
      said = true;
      return true;
    }
    Optional<Boolean> online = online(message.payload());
    if (online.isPresent()) {
      malformed.set(false);
      away = !online.get();
      said = true;
    } else if (malformed.compareAndSet(false, true)) {
      LOG.warn(
          "The host's state is not understood and is passed over; it must be a JSON object with"
              + " \"online\": true or false, at most {} bytes. topic={} bytes={}",
          MAX_BYTES,
          message.topic(),
          message.payload().length);
    }
    return true;
  }

  private static Optional<Boolean> online(byte[] payload) {
    if (payload.length > MAX_BYTES) {
      return Optional.empty();
    }
    try {
      JsonNode online = CloudEvents.JSON.readTree(payload).path("online");
      return online.isBoolean() ? Optional.of(online.booleanValue()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
