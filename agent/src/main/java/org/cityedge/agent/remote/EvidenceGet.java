package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.cityedge.agent.uplink.EvidenceChunks;

/**
 * {@code evidence-get}: {@code {"id":"…","from":0}}; {@code from} is the first byte wanted, 0 when
 * it is absent.
 */
public final class EvidenceGet implements Function<JsonNode, Answer> {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,32}");

  private final EvidenceChunks evidence;

  public EvidenceGet(EvidenceChunks evidence) {
    this.evidence = evidence;
  }

  @Override
  public Answer apply(JsonNode request) {
    String id = request.path("id").asText();
    JsonNode from = request.path("from");
    if (!ID.matcher(id).matches()
        || !(from.isMissingNode() || (from.canConvertToExactIntegral() && from.isNumber()))) {
      return new Answer.Refused(
          "BAD_REQUEST",
          "id must be the evidence's id, from a whole number, as {\"id\":\"…\",\"from\":0}");
    }
    return answer(id, evidence.request(id, from.asLong(0)));
  }

  static Answer.Now answer(String id, EvidenceChunks.Answer answer) {
    return switch (answer) {
      case EvidenceChunks.Answer.Started s ->
          new Answer.Done(
              Map.of(
                  "id",
                  s.id(),
                  "type",
                  s.contentType(),
                  "size",
                  s.size(),
                  "sha256",
                  s.sha256(),
                  "from",
                  s.from()));
      case EvidenceChunks.Answer.NotKept _ ->
          new Answer.Refused("NO_SUCH_EVIDENCE", "no evidence is kept under " + id);
      case EvidenceChunks.Answer.AlreadySending _ ->
          new Answer.Refused(
              "ALREADY_SENDING", "chunks of " + id + " still wait and come by themselves");
      case EvidenceChunks.Answer.TooMany _ ->
          new Answer.Refused("TOO_MANY", "many others are being sent; ask again later");
      case EvidenceChunks.Answer.BadOffset(long size) ->
          new Answer.Refused("BAD_REQUEST", "from must be 0.." + (size - 1));
      case EvidenceChunks.Answer.Failed(String reason) -> new Answer.Refused("FAILED", reason);
    };
  }
}
