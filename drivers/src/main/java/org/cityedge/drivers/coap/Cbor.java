package org.cityedge.drivers.coap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.io.IOException;

/**
 * Strict CBOR (RFC 8949): one data item, no duplicate keys, at most 16 levels deep, definite or
 * indefinite lengths. Half, single and double floats and decimal fractions (tag 4) become numbers,
 * whole-number keys become the text of the number ({@code 0} is {@code "0"}), other tags are passed
 * over. Undefined and unassigned simple values are no value of any kind.
 */
final class Cbor {
  private static final int DEEPEST = 16;

  /** Digits of a bignum (tags 2 and 3); more would cost time and no sensor has them. */
  private static final int LONGEST_NUMBER = 64;

  private static final ObjectReader READER =
      new CBORMapper(
              CBORFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(LONGEST_NUMBER)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .enable(CBORParser.Feature.DECODE_USING_STANDARD_NEGATIVE_BIGINT_ENCODING)
                  .enable(CBORParser.Feature.READ_SIMPLE_VALUE_AS_EMBEDDED_OBJECT)
                  .enable(CBORParser.Feature.READ_UNDEFINED_AS_EMBEDDED_OBJECT)
                  .build())
          .reader()
          .forType(JsonNode.class)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Cbor() {}

  static JsonNode parse(byte[] payload) throws MalformedPayload {
    try {
      JsonNode node = READER.readTree(payload);
      if (node.isMissingNode()) {
        throw new MalformedPayload("payload is empty, must be a CBOR data item");
      }
      return node;
    } catch (JsonProcessingException e) {
      long byteAt = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
      throw wrong(Math.max(0, byteAt), e.getOriginalMessage());
    } catch (IOException | ArithmeticException e) {
      throw wrong(0, String.valueOf(e.getMessage()));
    }
  }

  private static MalformedPayload wrong(long byteAt, String reason) {
    return new MalformedPayload(
        "payload is not one CBOR data item of at most "
            + DEEPEST
            + " levels without duplicate keys, at byte "
            + byteAt
            + ": "
            + MalformedPayload.quote(reason));
  }
}
