package org.cityedge.drivers.coap;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.OptionalDouble;

/** Strict JSON (RFC 8259): one document, no duplicate keys, at most 16 levels deep. */
final class Json {
  private static final int DEEPEST = 16;
  private static final int LONGEST_NUMBER = 64;

  private static final ObjectReader READER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(LONGEST_NUMBER)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private Json() {}

  static JsonNode parse(byte[] payload) throws MalformedPayload {
    try {
      JsonNode node = READER.readTree(payload);
      if (node.isMissingNode()) {
        throw new MalformedPayload("payload is empty, must be a JSON document");
      }
      return node;
    } catch (JsonProcessingException e) {
      long byteAt = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
      throw new MalformedPayload(
          "payload is not one JSON document of at most "
              + DEEPEST
              + " levels without duplicate keys, at byte "
              + Math.max(0, byteAt)
              + ": "
              + MalformedPayload.quote(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new MalformedPayload("payload is not UTF-8 text: " + e.getMessage());
    }
  }

  /** The node as a finite number, empty for anything else. */
  static OptionalDouble number(JsonNode node) {
    double value = node.isNumber() ? node.doubleValue() : Double.NaN;
    return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
  }
}
