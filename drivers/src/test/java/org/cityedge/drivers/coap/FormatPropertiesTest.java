package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever is written is read back; {@code -Dcityedge.seed=N} repeats a run. */
class FormatPropertiesTest {
  private static final int ROUNDS = 2_000;
  private static final List<String> LABELS = List.of("bver", "bn", "bt", "bu", "bv", "bs");
  private final long seed = Long.getLong("cityedge.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);

  @BeforeEach
  void printTheSeed() {
    System.out.println("FormatPropertiesTest seed=" + seed);
  }

  private String word(String letters, int most) {
    StringBuilder text = new StringBuilder();
    for (int n = 1 + random.nextInt(most); n > 0; n--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }

  /** RFC 8428 §6: the same pack in JSON and CBOR has the same records. */
  @Test
  void resolvesJsonAndCborAlike() throws IOException, MalformedPayload {
    for (int round = 0; round < ROUNDS; round++) {
      ArrayNode pack = JsonNodeFactory.instance.arrayNode();
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        pack.add(record());
      }
      assertThat(SenMl.parseCbor(cbor(pack)))
          .as("seed %d round %d: %s", seed, round, pack)
          .isEqualTo(SenMl.parseJson(pack.toString().getBytes(UTF_8)));
    }
  }

  private ObjectNode record() {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    if (random.nextInt(3) == 0) {
      record.put("bn", "urn:" + word("abc09", 8) + "/");
    }
    if (random.nextInt(3) == 0) {
      record.put("bt", number());
    }
    if (random.nextInt(4) == 0) {
      record.put("bu", word("CelVAW", 3));
    }
    if (random.nextInt(4) == 0) {
      record.put("bv", number());
    }
    if (random.nextInt(6) == 0) {
      record.put("bs", number());
    }
    record.put("n", word("abcxyz", 6));
    switch (random.nextInt(4)) {
      case 0 -> record.put("vs", word("é漢a ", 5));
      case 1 -> record.put("vb", random.nextBoolean());
      default -> record.put("v", number());
    }
    if (random.nextInt(3) == 0) {
      record.put("t", number());
    }
    if (random.nextInt(4) == 0) {
      record.put("s", number());
    }
    if (random.nextInt(4) == 0) {
      record.put("u", word("lxPa", 3));
    }
    return record;
  }

  private double number() {
    return switch (random.nextInt(3)) {
      case 0 -> random.nextInt(-50, 50);
      case 1 -> random.nextInt(-800, 800) / 8.0;
      default -> random.nextDouble(-1e6, 1e6);
    };
  }

  private byte[] cbor(ArrayNode pack) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CBORFactory factory =
        CBORFactory.builder()
            .configure(CBORGenerator.Feature.WRITE_MINIMAL_DOUBLES, random.nextBoolean())
            .build();
    boolean definite = random.nextBoolean();
    List<String> regular = List.of("n", "u", "v", "vs", "vb", "s", "t", "ut", "vd");
    try (CBORGenerator to = factory.createGenerator(out)) {
      if (definite) {
        to.writeStartArray(null, pack.size());
      } else {
        to.writeStartArray();
      }
      for (JsonNode record : pack) {
        to.writeStartObject();
        for (Map.Entry<String, JsonNode> field : record.properties()) {
          int base = LABELS.indexOf(field.getKey());
          to.writeFieldId(base >= 0 ? -1 - base : regular.indexOf(field.getKey()));
          JsonNode value = field.getValue();
          if (value.isTextual()) {
            to.writeString(value.textValue());
          } else if (value.isBoolean()) {
            to.writeBoolean(value.booleanValue());
          } else if (value.doubleValue() == Math.rint(value.doubleValue())) {
            to.writeNumber(value.intValue());
          } else {
            to.writeNumber(value.doubleValue());
          }
        }
        to.writeEndObject();
      }
      to.writeEndArray();
    }
    return out.toByteArray();
  }

  @Test
  void readsLinksAsTheyWereWritten() throws MalformedPayload {
    for (int round = 0; round < ROUNDS; round++) {
      List<Link> links = new ArrayList<>();
      List<String> written = new ArrayList<>();
      for (int n = random.nextInt(5); n > 0; n--) {
        Map<String, String> attributes = new LinkedHashMap<>();
        for (int k = random.nextInt(5); k > 0; k--) {
          attributes.put(word("abcdef", 4), random.nextInt(3) == 0 ? "" : word("ab,;<>\"\\ é=", 8));
        }
        String target = "/" + word("abc/;,\"", 10);
        links.add(new Link(target, attributes));
        StringBuilder text = new StringBuilder("<" + target + ">");
        attributes.forEach(
            (name, value) -> {
              text.append(';').append(name);
              if (!value.isEmpty()) {
                String quoted = value.replace("\\", "\\\\").replace("\"", "\\\"");
                text.append("=\"").append(quoted).append('"');
              }
            });
        written.add(text.toString());
      }
      assertThat(LinkFormat.parse(String.join(",", written)))
          .as("seed %d round %d: %s", seed, round, written)
          .isEqualTo(links);
    }
  }

  @Test
  void readsTlvAsItWasWritten() throws MalformedPayload {
    for (int round = 0; round < ROUNDS; round++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      List<String> paths = new ArrayList<>();
      List<byte[]> values = new ArrayList<>();
      for (int n = 1 + random.nextInt(5); n > 0; n--) {
        int id = random.nextInt(3) == 0 ? random.nextInt(65_536) : random.nextInt(256);
        byte[] value = new byte[random.nextInt(4) == 0 ? random.nextInt(700) : random.nextInt(9)];
        random.nextBytes(value);
        if (random.nextInt(3) == 0) {
          ByteArrayOutputStream inner = new ByteArrayOutputStream();
          tlv(inner, 1, 7, value);
          tlv(out, 2, id, inner.toByteArray());
          paths.add(id + "/7");
        } else {
          tlv(out, 3, id, value);
          paths.add(String.valueOf(id));
        }
        values.add(value);
      }
      List<Tlv.Entry> entries = Tlv.parse(out.toByteArray());
      assertThat(entries)
          .as("seed %d round %d", seed, round)
          .extracting(Tlv.Entry::path)
          .isEqualTo(paths);
      assertThat(entries).extracting(Tlv.Entry::value).containsExactlyElementsOf(values);
    }
  }

  private static void tlv(ByteArrayOutputStream to, int type, int id, byte[] value) {
    int sizeBytes = value.length < 8 ? 0 : value.length < 256 ? 1 : 2;
    to.write(
        (type << 6)
            | (id > 255 ? 0x20 : 0)
            | (sizeBytes << 3)
            | (sizeBytes == 0 ? value.length : 0));
    if (id > 255) {
      to.write(id >> 8);
    }
    to.write(id);
    for (int shift = (sizeBytes - 1) * 8; shift >= 0; shift -= 8) {
      to.write(value.length >> shift);
    }
    to.writeBytes(value);
  }
}
