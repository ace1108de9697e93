package org.cityedge.agent.uplink;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.cityedge.config.Sha256;

/**
 * The messages with QoS 1 that were handled last, of each broker of the list {@value #EACH}, which
 * are more than one may have in flight with MQTT 5. A session that has not seen the confirmation
 * sends one again on a later connection, under the same packet identifier (MQTT 5 §4.4). That it
 * says so (DUP) Paho's client for MQTT 5 does not tell, so that the content must be the same. Of
 * the last {@value #BROKERS} brokers: those of a list, and of the one before it, to which the way
 * back from an order leads. Forgotten when the gateway is closed.
 *
 * <p>Not what a broker retains: of that it sends many copies, and each counts.
 *
 * <p>Not safe for threads: guarded by its owner's lock.
 */
final class Handled {
  static final int EACH = Inbox.MOST;
  static final int BROKERS = 2 * UplinkConfig.MOST_BROKERS;

  private record Delivery(int packetIdentifier, String digest) {}

  /** By broker, each delivery to its connection; at the end the broker that brought the newest. */
  private final SequencedMap<URI, Map<Delivery, Integer>> all = new LinkedHashMap<>();

  /** Whether an earlier connection brought it and it was handled. */
  boolean knows(URI broker, Incoming message, int connection) {
    Integer before = all.getOrDefault(broker, Map.of()).get(delivery(message));
    return before != null && before != connection;
  }

  void add(URI broker, Incoming message, int connection) {
    if (message.qos() == 0 || message.retained()) {
      return;
    }
    Map<Delivery, Integer> last = all.getOrDefault(broker, new LinkedHashMap<>());
    all.putLast(broker, last);
    if (all.size() > BROKERS) {
      all.pollFirstEntry();
    }
    Delivery delivery = delivery(message);
    last.remove(delivery);
    last.put(delivery, connection);
    if (last.size() > EACH) {
      last.remove(last.keySet().iterator().next());
    }
  }

  void forget(URI broker) {
    all.remove(broker);
  }

  private static Delivery delivery(Incoming message) {
    MessageDigest digest = Sha256.begin();
    for (byte[] part :
        List.of(
            message.topic().getBytes(StandardCharsets.UTF_8),
            message.correlationData(),
            message.payload())) {
      // Its length first, so that none runs on into the next.
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
      digest.update(part);
    }
    return new Delivery(message.packetIdentifier(), Sha256.hex(digest));
  }
}
