package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.cityedge.agent.cli.CheckVerb;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;

/** The JSON Schema of gateway.yaml against the code that reads it. */
class GatewaySchemaTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String KNOWN = "the key is unknown here; known: ";

  private static JsonNode schema() throws Exception {
    CheckVerb verb = new CheckVerb();
    StringWriter out = new StringWriter();
    PrintWriter printer = new PrintWriter(out, true);
    assertThat(verb.run(new CommandLine(verb.spec()).parseArgs("--schema"), printer, printer))
        .isZero();
    return JSON.readTree(out.toString());
  }

  private static List<String> problems(String yaml) throws Exception {
    JsonNode document =
        JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml));
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(schema())
        .validate(document)
        .stream()
        .map(Object::toString)
        .toList();
  }

  @Test
  void takesWhatTheReadmeShows() throws Exception {
    String readme = Files.readString(Path.of("../README.md"));
    int from = readme.indexOf("```yaml\ngateway:") + "```yaml\n".length();
    assertThat(problems(readme.substring(from, readme.indexOf("```", from)))).isEmpty();
  }

  @Test
  void takesAWholeConfiguration() throws Exception {
    assertThat(problems(Files.readString(Path.of("src/test/resources/cases/whole/gateway.yaml"))))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gateway: {id: GW, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}",
        "gateway: {id: gw, district: \"510108\"}\nuplink: {brokers: [\"http://h\"]}",
        "gateway: {id: gw, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\nevidence: {keep: 3}",
        "gateway: {id: gw, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"], pasword: x}"
      })
  void refusesWhatTheReaderRefuses(String yaml) throws Exception {
    assertThat(problems(yaml)).isNotEmpty();
    Path file = Files.createTempFile("gateway", ".yaml");
    Files.writeString(file, yaml);
    assertThat(
            catchThrowableOfType(
                ConfigException.class, () -> GatewayConfig.load(file, Path.of("data"))))
        .isNotNull();
    Files.delete(file);
  }

  /** What an editor underlines must not be what the gateway would have taken. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sensors: [{id: a, type: contact, chip: /dev/gpio/by-name-1, line: 1, quantity: open}]",
        "cameras: [{id: c, source: \"rtsp://h/\", location: {lat: 1, lon: 2, crs: cgcs2000}}]",
        "cameras: [{id: c, source: \"rtsp://h/\", zones: [{id: z, polygon: [[0,0],[1,0],[1,1],[0,1],[0,0],[1,0],"
            + "[1,1],[0,1],[0,0],[1,0],[1,1],[0,1],[0,0],[1,0],[1,1],[0,1],[0,0],[1,0],[1,1],[0,1],[0,0],[1,0],"
            + "[1,1],[0,1],[0,0],[1,0],[1,1],[0,1],[0,0],[1,0],[1,1],[0,1],[0,0]]}]}]"
      })
  void takesWhatTheReaderTakes(String section) throws Exception {
    String yaml =
        "gateway: {id: gw, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\n" + section;
    Path file = Files.createTempFile("gateway", ".yaml");
    Files.writeString(file, yaml);
    assertThat(GatewayConfig.load(file, Path.of("data"))).isNotNull();
    assertThat(problems(yaml)).isEmpty();
    Files.delete(file);
  }

  /** Neither may know a key that the other does not. */
  @Test
  void knowsTheKeysThatTheReaderKnows() throws Exception {
    JsonNode schema = schema();
    Map<JsonNode, Set<String>> told = new HashMap<>();
    for (String file : List.of("gpsd.yaml", "nmea.yaml", "fixed.yaml")) {
      Path document = Path.of("src/test/resources/schema", file);
      ConfigException refused =
          catchThrowableOfType(
              ConfigException.class, () -> GatewayConfig.load(document, Path.of("data")));
      for (Problem problem : refused.problems()) {
        if (problem.message().startsWith(KNOWN)) {
          Set<String> known = Set.of(problem.message().substring(KNOWN.length()).split(", "));
          told.computeIfAbsent(node(schema, problem.path(), known), _ -> new HashSet<>())
              .addAll(known);
        }
      }
    }
    for (JsonNode mapping : mappings(schema)) {
      assertThat(told.getOrDefault(mapping, Set.of()))
          .as(mapping.path("description").asText())
          .isEqualTo(keys(mapping));
    }
  }

  /** The schema's node for a mapping of the document, of several the one that fits best. */
  private static JsonNode node(JsonNode schema, String path, Set<String> known) {
    List<JsonNode> found = List.of(schema);
    String[] steps = path.replaceAll("\\[\\d+]", ".*").split("\\.", -1);
    for (int i = 0; i < steps.length - 1; i++) {
      List<JsonNode> next = new ArrayList<>();
      for (JsonNode one : found) {
        JsonNode below =
            steps[i].equals("*") ? one.path("items") : one.path("properties").path(steps[i]);
        next.addAll(variants(schema, below));
      }
      found = next;
    }
    return found.stream()
        .filter(one -> keys(one).containsAll(known))
        .min(Comparator.comparingInt(one -> keys(one).size()))
        .orElseThrow(
            () -> new AssertionError(path + ": the schema has no mapping with all of " + known));
  }

  private static List<JsonNode> variants(JsonNode schema, JsonNode node) {
    if (node.has("$ref")) {
      return variants(schema, schema.at(node.get("$ref").asText().substring(1)));
    }
    List<JsonNode> out = new ArrayList<>();
    for (JsonNode one : node.path("oneOf")) {
      out.addAll(variants(schema, one));
    }
    if (out.isEmpty() && !node.isMissingNode()) {
      out.add(node);
    }
    return out;
  }

  private static Set<String> keys(JsonNode mapping) {
    Set<String> keys = new TreeSet<>();
    mapping.path("properties").fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static List<JsonNode> mappings(JsonNode node) {
    List<JsonNode> out = new ArrayList<>();
    if (node.has("properties") && node.has("additionalProperties")) {
      out.add(node);
    }
    for (JsonNode child : node) {
      out.addAll(mappings(child));
    }
    return out;
  }
}
