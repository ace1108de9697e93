package org.cityedge.agent.uplink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a restart must know of evidence that is on its way, as a note of the event store:
 *
 * <pre>
 *   [{"id":"…","type":"video/mp4","size":5242880,"sha256":"…","next":614400},   started
 *    {"id":"…"}]                                                               owed
 * </pre>
 *
 * @param started whose first byte that is not yet appended is {@code next}
 * @param owed ids of what is to be begun, in this order
 */
record EvidenceNote(List<Started> started, List<String> owed) {
  record Started(WholeEvidence whole, long next) {}

  EvidenceNote {
    started = List.copyOf(started);
    owed = List.copyOf(owed);
  }

  byte[] json() {
    ArrayNode out = CloudEvents.JSON.createArrayNode();
    for (Started one : started) {
      WholeEvidence whole = one.whole();
      out.addObject()
          .put("id", whole.id())
          .put("type", whole.contentType())
          .put("size", whole.size())
          .put("sha256", whole.sha256())
          .put("next", one.next());
    }
    owed.forEach(id -> out.addObject().put("id", id));
    try {
      return CloudEvents.JSON.writeValueAsBytes(out);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts and numbers are always JSON", e);
    }
  }

  /**
   * @throws IOException when it is no JSON
   */
  static EvidenceNote read(byte[] json) throws IOException {
    List<Started> started = new ArrayList<>();
    List<String> owed = new ArrayList<>();
    for (JsonNode one : CloudEvents.JSON.readTree(json)) {
      String id = one.path("id").asText();
      if (one.has("size")) {
        WholeEvidence whole =
            new WholeEvidence(
                id,
                one.path("type").asText(),
                one.path("size").asLong(),
                one.path("sha256").asText());
        started.add(new Started(whole, one.path("next").asLong()));
      } else {
        owed.add(id);
      }
    }
    return new EvidenceNote(started, owed);
  }
}
