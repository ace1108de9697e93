package org.cityedge.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against the W3C's own JSON Schema of TD 1.1 (src/test/resources/wot). */
class ThingDescriptionTest {
  private static final Path WHOLE = Path.of("src/test/resources/cases/whole/gateway.yaml");

  @TempDir Path folder;

  @Test
  void describesEveryChannelAsAPropertyThatTheW3cSchemaAccepts() throws Exception {
    ObjectNode thing = valid(GatewayConfig.load(WHOLE, folder));
    assertThat(thing.at("/id").textValue()).isEqualTo("urn:cityedge:510108:gw-0042");
    JsonNode pm25 = thing.at("/properties/pm25-1~1pm2_5");
    assertThat(pm25.get("type").textValue()).isEqualTo("number");
    assertThat(pm25.get("unit").textValue()).isEqualTo("ug/m3");
    assertThat(pm25.get("minimum").doubleValue()).isZero();
    assertThat(pm25.get("maximum").doubleValue()).isEqualTo(1000);
    assertThat(pm25.get("observable").booleanValue()).isTrue();
    assertThat(pm25.at("/ce:position/geo:lat").doubleValue()).isEqualTo(30.66012);
    JsonNode manhole = thing.at("/properties/manhole-1~1open");
    assertThat(manhole.get("type").textValue()).isEqualTo("boolean");
    assertThat(manhole.get("@type").textValue()).isEqualTo("urn:oma:lwm2m:ext:3200");
    assertThat(manhole.get("title").textValue()).isEqualTo("3号井盖");
    assertThat(manhole.has("unit")).isFalse();
  }

  @Test
  void reachesEachThingThroughEveryBrokerOnTheTopicOfTheWire() throws Exception {
    ObjectNode thing = valid(GatewayConfig.load(WHOLE, folder));
    String root = "city/v1/510108/gw-0042/";
    JsonNode observed = thing.at("/properties/pm25-1~1pm2_5/forms");
    assertThat(observed).hasSize(2);
    assertThat(observed.at("/0/href").textValue())
        .isEqualTo("mqtt://10.1.2.3:1883/" + root + "telemetry/env");
    assertThat(observed.at("/0/mqv:filter").textValue()).isEqualTo(root + "telemetry/env");
    assertThat(observed.at("/0/mqv:controlPacket").textValue()).isEqualTo("subscribe");
    assertThat(observed.at("/1/href").textValue()).startsWith("mqtt://10.1.2.4/" + root);
    JsonNode alert = thing.at("/events/alert-smoke/forms/0");
    assertThat(alert.get("mqv:filter").textValue()).isEqualTo(root + "alert/smoke");
    JsonNode siren = thing.at("/actions/siren-1");
    assertThat(siren.get("@type").textValue()).isEqualTo("urn:oma:lwm2m:ext:3201");
    assertThat(siren.at("/forms/0/mqv:topic").textValue()).isEqualTo(root + "cmd/output-set");
    assertThat(siren.at("/forms/0/mqv:controlPacket").textValue()).isEqualTo("publish");
    assertThat(siren.at("/forms/0/contentType").textValue()).isEqualTo("application/jose+json");
  }

  @Test
  void hasAnEventForEachKindThatARuleCanRaise() throws Exception {
    List<String> names = new ArrayList<>();
    valid(GatewayConfig.load(WHOLE, folder))
        .get("events")
        .fieldNames()
        .forEachRemaining(names::add);
    assertThat(names).containsExactly("alert-smoke", "alert-crowd", "alert-sensor", "alert-camera");
  }

  @Test
  void saysHowTheBrokerIsEnteredAndNamesNoUser() throws Exception {
    ObjectNode thing = valid(GatewayConfig.load(WHOLE, folder));
    assertThat(thing.at("/securityDefinitions/password/scheme").textValue()).isEqualTo("basic");
    assertThat(thing.toString()).doesNotContain("10.1.2.20", "10.1.2.30", "\"view\"");
    String tls = "tls: {ca: ca.pem, certificate: gw.pem, keyRef: gw}, ";
    String user = "user: x-user, passwordRef: broker";
    assertThat(valid(uplink("mqtts://b", tls + user)).get("security").textValue())
        .isEqualTo("both");
    assertThat(valid(uplink("mqtts://b", tls + user)).toString()).doesNotContain("x-user");
    assertThat(valid(uplink("mqtts://b", tls)).get("security").textValue())
        .isEqualTo("certificate");
    assertThat(valid(uplink("mqtt://b", "")).at("/securityDefinitions/open/scheme").textValue())
        .isEqualTo("nosec");
  }

  @Test
  void namesTheContentTypeThatReadingsTravelIn() throws Exception {
    ObjectNode thing =
        valid(
            load(
                "uplink: {brokers: [\"mqtt://b\"], telemetryFormat: cbor}\n"
                    + "sensors: [{id: a, type: coap, uri: \"coap://h/x\", channels: [{quantity: q}]}]\n"));
    assertThat(thing.at("/properties/a~1q/forms/0/contentType").textValue())
        .isEqualTo("application/senml+cbor");
  }

  @Test
  void putsNoPointUnderWgs84WordsThatIsNone() throws Exception {
    ObjectNode thing =
        valid(
            load(
                "uplink: {brokers: [\"mqtt://b\"]}\n"
                    + "cameras: [{id: c, source: \"rtsp://h/x\", "
                    + "location: {lat: 1, lon: 2, crs: cgcs2000}}]\n"));
    JsonNode place = thing.at("/ce:cameras/0/ce:position");
    assertThat(place.has("geo:lat")).isFalse();
    assertThat(place.get("ce:crs").textValue()).isEqualTo("CGCS2000");
  }

  /** The schema finds what is wrong; were it not read, these would pass as well. */
  @ParameterizedTest
  @ValueSource(strings = {"title", "security", "securityDefinitions", "@context"})
  void isRefusedByTheSchemaWithoutATermThatIsMandatory(String term) throws Exception {
    ObjectNode thing = ThingDescription.of(GatewayConfig.load(WHOLE, folder));
    assertThat(schema().validate(thing.without(term))).isNotEmpty();
  }

  private GatewayConfig uplink(String broker, String more) throws Exception {
    return load("uplink: {brokers: [\"" + broker + "\"], " + more + "}\n");
  }

  private GatewayConfig load(String sections) throws IOException, ConfigException {
    String head = "gateway: {id: gw-1, district: \"510108\"}\n";
    Path file = Files.writeString(folder.resolve("gateway.yaml"), head + sections);
    return GatewayConfig.load(file, folder);
  }

  private static ObjectNode valid(GatewayConfig config) {
    ObjectNode thing = ThingDescription.of(config);
    assertThat(schema().validate(thing)).as(thing.toPrettyString()).isEmpty();
    return thing;
  }

  private static JsonSchema schema() {
    Path file = Path.of("src/test/resources/wot/td-json-schema-validation.json");
    try {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
          .getSchema(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
