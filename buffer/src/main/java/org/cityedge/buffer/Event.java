package org.cityedge.buffer;

import java.nio.charset.StandardCharsets;

/**
 * What a producer wants delivered. The store looks at the lane alone; the rest is handed back as it
 * came.
 *
 * @param id globally unique; it stays the same over every attempt to send the event, so that the
 *     receiver can drop duplicates; 1 to 64 characters
 * @param lane how urgent it is
 * @param topic where it goes; 1 to 256 characters
 * @param attributes opaque text about the event (for this agent: its CloudEvents attributes as a
 *     JSON object), at most 4 KiB
 * @param payload the bytes, at most 128 KiB (wire.md §1); not copied, so leave them alone
 */
public record Event(String id, Lane lane, String topic, String attributes, byte[] payload) {
  public static final int MAX_PAYLOAD = 128 * 1024;

  public Event {
    if (id.isEmpty() || id.length() > 64) {
      throw new IllegalArgumentException("id must be 1..64 characters, was " + id.length());
    }
    if (topic.isEmpty() || topic.length() > 256) {
      throw new IllegalArgumentException("topic must be 1..256 characters, was " + topic.length());
    }
    if (attributes.length() > 4096) {
      throw new IllegalArgumentException(
          "attributes must be 0..4096 characters, were " + attributes.length());
    }
    if (payload.length > MAX_PAYLOAD) {
      throw new IllegalArgumentException(
          "payload must be 0.." + MAX_PAYLOAD + " bytes, was " + payload.length);
    }
  }

  /** Bytes of topic, attributes and payload as stored, text in UTF-8. */
  long octets() {
    return (long) topic.getBytes(StandardCharsets.UTF_8).length
        + attributes.getBytes(StandardCharsets.UTF_8).length
        + payload.length;
  }
}
