package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** Reads a pack as a receiver would: JSON or CBOR, compressed or not, into SenML's JSON form. */
final class SenMlReader {
  /** What a receiver need not go beyond (asyncapi.yaml). */
  static final int MOST_INFLATED = 256 * 1024;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
  private static final Map<String, String> NAMES =
      SenMlCbor.LABELS.entrySet().stream()
          .collect(Collectors.toMap(e -> e.getValue().toString(), Map.Entry::getKey));

  private SenMlReader() {}

  static JsonNode read(String contentType, byte[] payload) throws IOException {
    byte[] plain = plain(payload);
    return switch (contentType) {
      case "application/senml+json" -> JSON.readTree(plain);
      case "application/senml+cbor" -> named(CBOR.readTree(plain));
      default -> throw new IOException("no SenML: " + contentType);
    };
  }

  static boolean isGzip(byte[] payload) {
    return payload.length > 1 && payload[0] == 0x1F && (payload[1] & 0xFF) == 0x8B;
  }

  private static byte[] plain(byte[] payload) throws IOException {
    if (!isGzip(payload)) {
      return payload;
    }
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(payload))) {
      byte[] out = gzip.readNBytes(MOST_INFLATED + 1);
      if (out.length > MOST_INFLATED) {
        throw new IOException("more than " + MOST_INFLATED + " bytes when inflated");
      }
      return out;
    }
  }

  private static ArrayNode named(JsonNode pack) {
    ArrayNode out = JSON.createArrayNode();
    for (JsonNode record : pack) {
      ObjectNode named = out.addObject();
      record
          .properties()
          .forEach(f -> named.set(NAMES.getOrDefault(f.getKey(), f.getKey()), f.getValue()));
    }
    return out;
  }
}
