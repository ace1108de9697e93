package org.cityedge.agent.uplink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  static final String KEY = "evidence.sending";

  private static final Logger LOG = LoggerFactory.getLogger(EvidenceNote.class);

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
   * Reads a note. What of it is no evidence is left out, which is logged.
   *
   * @throws IOException when it is no list
   */
  static EvidenceNote read(byte[] json) throws IOException {
    JsonNode all = CloudEvents.JSON.readTree(json);
    if (!all.isArray()) {
      throw new IOException("it must be a list, was " + all.getNodeType());
    }
    List<Started> started = new ArrayList<>();
    List<String> owed = new ArrayList<>();
    for (JsonNode one : all) {
      String id = one.path("id").textValue();
      if (id == null) {
        LOG.error("The note {} lists something that has no id; it is passed over.", KEY);
      } else if (!one.has("size")) {
        owed.add(id);
      } else if (isStarted(one)) {
        WholeEvidence whole =
            new WholeEvidence(
                id,
                one.get("type").textValue(),
                one.get("size").longValue(),
                one.get("sha256").textValue());
        started.add(new Started(whole, one.get("next").longValue()));
      } else {
        LOG.error("The note {} cannot say how far evidence has come. id={}", KEY, id);
      }
    }
    return new EvidenceNote(started, owed);
  }

  private static boolean isStarted(JsonNode one) {
    return one.path("type").isTextual()
        && one.path("sha256").isTextual()
        && one.get("size").canConvertToLong()
        && one.path("next").canConvertToLong()
        && one.path("next").longValue() >= 0;
  }
}
