package org.cityedge.agent.uplink;

import java.util.Map;
import java.util.Optional;

/**
 * A message from the centre.
 *
 * @param retained whether the broker had kept it (RETAIN as received)
 * @param responseTopic where an answer is wanted
 * @param correlationData to be handed back with the answer, empty when there is none
 * @param packetIdentifier of this delivery; 0 with QoS 0
 */
public record Incoming(
    String topic,
    byte[] payload,
    boolean retained,
    Optional<String> contentType,
    Optional<String> responseTopic,
    byte[] correlationData,
    Map<String, String> userProperties,
    int qos,
    int packetIdentifier) {
  /** Most bytes of Correlation Data that are handed back (wire.md §6). */
  public static final int MAX_CORRELATION = 128;
}
