package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The published contract says what the code does. */
class AsyncApiTest {
  private static final Path FOLDER = Path.of("src/main/asyncapi");

  private static Map<?, ?> document() throws IOException {
    return (Map<?, ?>)
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(FOLDER.resolve("asyncapi.yaml")));
  }

  private static Object at(Object node, String... path) {
    Object here = node;
    for (String key : path) {
      Object next = here instanceof Map<?, ?> map ? map.get(key) : null;
      if (next == null) {
        throw new AssertionError("no " + String.join("/", path) + ", missing: " + key);
      }
      here = next;
    }
    return here;
  }

  @Test
  void bindsEveryChannelAsTheTopicsDo() throws IOException {
    Map<?, ?> document = document();
    Topics topics = new Topics("510108", "gw-0042");
    List<Topics.Uplink> described = new ArrayList<>();
    for (Object operation : ((Map<?, ?>) at(document, "operations")).values()) {
      if (at(operation, "action").equals("receive")) {
        continue;
      }
      String channel =
          String.valueOf(at(operation, "channel", "$ref")).substring("#/channels/".length());
      String topic =
          String.valueOf(at(document, "channels", channel, "address"))
              .replace("{district}", "510108")
              .replace("{gateway}", "gw-0042")
              .replace("{offset}", "0")
              .replaceAll("\\{[a-z]+\\}", "smoke");
      Map<?, ?> mqtt = (Map<?, ?>) at(operation, "bindings", "mqtt");
      Topics.Delivery delivery = topics.delivery(topic);
      assertThat(mqtt.get("qos")).as(topic).isEqualTo(delivery.qos());
      assertThat(mqtt.get("retain")).as(topic).isEqualTo(delivery.retain());
      assertThat(Optional.ofNullable(mqtt.get("messageExpiryInterval")))
          .as(topic)
          .isEqualTo(delivery.expiry().map(Duration::toSeconds).map(Long::intValue));
      described.add(topics.uplink(topic));
    }
    assertThat(described)
        .containsExactlyInAnyOrder(
            Topics.Uplink.STATE,
            Topics.Uplink.CATALOG,
            Topics.Uplink.TELEMETRY,
            Topics.Uplink.POSITION,
            Topics.Uplink.ALERT,
            Topics.Uplink.ALERT_ACTIVE,
            Topics.Uplink.THUMB,
            Topics.Uplink.CONFIG_REPORTED,
            Topics.Uplink.AUDIT,
            Topics.Uplink.EVIDENCE,
            Topics.Uplink.COMMAND_RESPONSE,
            Topics.Uplink.LOSS,
            Topics.Uplink.HEALTH);
  }

  @Test
  void resolvesEveryReference() throws IOException {
    Map<?, ?> document = document();
    resolve(document, document);
  }

  private static void resolve(Object node, Map<?, ?> document) {
    switch (node) {
      case Map<?, ?> map -> {
        if (map.get("$ref") instanceof String ref) {
          if (ref.startsWith("#/")) {
            at(document, ref.substring(2).split("/", -1));
          } else {
            assertThat(FOLDER.resolve(ref)).exists();
          }
        }
        map.values().forEach(value -> resolve(value, document));
      }
      case List<?> list -> list.forEach(value -> resolve(value, document));
      default -> {}
    }
  }

  @Test
  void keepsTheSchemaOfAsyncApi3() throws IOException {
    JsonSchema schema = asyncApi3();
    ObjectMapper json = new ObjectMapper();
    JsonNode document = json.valueToTree(document());
    assertThat(schema.validate(document)).isEmpty();

    ((ObjectNode) document.at("/operations/sendState")).put("action", "publish");
    assertThat(schema.validate(document)).isNotEmpty();
  }

  private static JsonSchema asyncApi3() throws IOException {
    try (InputStream in =
        new GZIPInputStream(
            Files.newInputStream(
                Path.of("src/test/resources/asyncapi/asyncapi-3.0.0.schema.json.gz")))) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(in);
    }
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void everySchemaHasExamplesThatItAccepts(String name) throws IOException {
    JsonNode schema = new ObjectMapper().readTree(FOLDER.resolve("schemas/" + name).toFile());
    if (name.equals("common.schema.json")) {
      assertThat(schema.has("$defs")).isTrue();
      return;
    }
    assertThat(schema.path("examples")).isNotEmpty();
    for (JsonNode example : schema.get("examples")) {
      assertThat(WireSchemas.schemaProblems(name.replace(".schema.json", ""), example))
          .as("%s", example)
          .isEmpty();
    }
  }

  private static List<String> schemas() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve("schemas"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
