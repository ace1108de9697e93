package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalDouble;
import org.cityedge.agent.uplink.kura.KuraPayload;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.StoredEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KuraFormatTest {
  private static final Instant AT = Instant.parse("2026-06-01T00:30:00.250Z");

  private final Uplink uplink = new Uplink();
  private final KuraFormat format = new KuraFormat("city", uplink.topics, uplink.clock);

  @Test
  void tellsTheNewestPointOfATrackAsPosition() throws Exception {
    String pack =
        """
        [{"bn":"urn:x:","bt":1,"bver":10,"n":"lat","u":"lat","v":30.1},{"n":"lon","u":"lon","v":104.1},
        {"n":"lat","u":"lat","v":30.2,"t":5},{"n":"lon","u":"lon","v":104.2,"t":5},
        {"n":"speed","u":"m/s","v":3.5,"t":5},{"n":"heading","u":"deg","v":271.5,"t":5}]""";
    Outgoing told =
        form(bulk(uplink.topics.position(), "application/senml+json", Uplink.utf8(pack)));
    assertThat(told.topic()).isEqualTo("city/gw-0042/CITY-V1/position");
    KuraPayload payload = KuraPayload.decode(told.payload());
    assertThat(payload.position())
        .hasValue(
            new KuraPayload.Position(
                30.2,
                104.2,
                OptionalDouble.empty(),
                OptionalDouble.of(271.5),
                OptionalDouble.of(3.5)));
    assertThat(payload.timestamp()).hasValue(AT.toEpochMilli());
  }

  @Test
  void keepsBytesThatItDoesNotReadAsTheBody() throws Exception {
    byte[] jpeg = {(byte) 0xFF, (byte) 0xD8, 1, 2};
    Outgoing told = form(bulk(uplink.topics.thumb("e1"), "image/jpeg", jpeg));
    assertThat(told.topic()).isEqualTo("city/gw-0042/CITY-V1/evidence/e1/thumb");
    KuraPayload payload = KuraPayload.decode(told.payload());
    assertThat(payload.body()).hasValueSatisfying(body -> assertThat(body).isEqualTo(jpeg));
    assertThat(payload.metrics())
        .containsEntry("datacontenttype", "image/jpeg")
        .containsEntry("sequence", "0000000000000009");
  }

  @Test
  void compressesWhatGetsShorterAndNothingElse() {
    byte[] many =
        Uplink.utf8("[" + "{\"n\":\"a/b\",\"v\":1},".repeat(200) + "{\"n\":\"c\",\"v\":2}]");
    byte[] packed =
        form(bulk(uplink.topics.telemetry("env"), "application/senml+json", many)).payload();
    assertThat(packed).startsWith(0x1F, 0x8B);
    assertThat(packed.length).isLessThan(many.length / 4);
    Outgoing small =
        new Outgoing(uplink.topics.health(), Uplink.utf8("{}"), health(), "a/b", Map.of());
    assertThat(format.form(small).payload()).startsWith(0xCA, 0xB8, 0x02);
  }

  @ParameterizedTest
  @CsvSource({
    "NO_SUCH_VERB, 404",
    "NO_SUCH_EVIDENCE, 404",
    "NO_SUCH_ALERT, 404",
    "FAULT, 500",
    "NOT_SIGNED, 400"
  })
  void answersInKurasCodes(String code, int expected) throws Exception {
    byte[] answer = Uplink.utf8("{\"ok\":false,\"code\":\"" + code + "\",\"message\":\"why\"}");
    byte[] asker = new KuraRequest.Asker(KuraTopics.App.CITY, "ops", "7").correlation();
    Outgoing told = form(uplink.events.answer(KuraRequest.REQUESTER, "x", asker, answer));
    assertThat(told.topic()).isEqualTo("$EDC/city/ops/CITY-V1/REPLY/7");
    assertThat(KuraPayload.decode(told.payload()).metrics())
        .containsEntry("response.code", expected)
        .containsEntry("response.exception.message", "why");
  }

  @Test
  void answersKurasOwnQuestionForTheConfigurationInKurasXml() throws Exception {
    byte[] answer =
        Uplink.utf8(
            "{\"ok\":true,\"verb\":\"config-get\",\"active\":{\"seq\":7,\"sha256\":\"ab\"},"
                + "\"attempt\":{\"detail\":\"a<b & c\",\"warnings\":[\"w\"]}}");
    byte[] asker = new KuraRequest.Asker(KuraTopics.App.CONF, "ops", "7").correlation();
    Outgoing told = form(uplink.events.answer(KuraRequest.REQUESTER, "x", asker, answer));
    assertThat(told.topic()).isEqualTo("$EDC/city/ops/CONF-V1/REPLY/7");
    KuraPayload payload = KuraPayload.decode(told.payload());
    assertThat(payload.metrics()).containsExactly(Map.entry("response.code", 200));
    assertThat(new String(payload.body().orElseThrow(), StandardCharsets.UTF_8))
        .isEqualTo(
            """
            <?xml version="1.0" encoding="UTF-8"?>\
            <esf:configurations xmlns:esf="http://eurotech.com/esf/2.0">\
            <esf:configuration pid="org.cityedge.agent"><esf:properties>\
            <esf:property name="active.seq" array="false" encrypted="false" type="Long">\
            <esf:value>7</esf:value></esf:property>\
            <esf:property name="active.sha256" array="false" encrypted="false" type="String">\
            <esf:value>ab</esf:value></esf:property>\
            <esf:property name="attempt.detail" array="false" encrypted="false" type="String">\
            <esf:value>a&lt;b &amp; c</esf:value></esf:property>\
            </esf:properties></esf:configuration></esf:configurations>""");
  }

  @Test
  void tellsAtOnceInGoldenBytesThatAnOrderCame() {
    Outgoing told = format.received(new KuraRequest.Asker(KuraTopics.App.ORDERS, "ops", "7"));
    assertThat(told.topic()).isEqualTo("$EDC/city/ops/CITY-CONF-V1/REPLY/7");
    byte[] payload = told.payload();
    int metric = payload.length - 24;
    // Field 1, the time; then metric 5000 of 20 bytes: its name, type INT32, and 200 in field 6.
    assertThat(payload).startsWith(0x08);
    assertThat(HexFormat.of().formatHex(payload, metric, payload.length))
        .isEqualTo(
            "c2b80214"
                + "0a0d"
                + HexFormat.of().formatHex(Uplink.utf8("response.code"))
                + "1003"
                + "30c801");
  }

  @Test
  void refusesAnAnswerToACommandThatCameAnotherWay() {
    Event answer =
        uplink.events.answer("ops", "ping", new byte[] {1, 2}, Uplink.utf8("{\"ok\":true}"));
    assertThatThrownBy(() -> form(answer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of another format");
  }

  private Event bulk(String topic, String contentType, byte[] payload) {
    return uplink.events.bulk(
        Lane.REPORT, topic, "id-1", "org.cityedge.x.v1", AT, "x", contentType, Map.of(), payload);
  }

  private Outgoing form(Event event) {
    return format.form(Envelope.of(new StoredEvent(9, 1, event), false, uplink.topics));
  }

  private Topics.Delivery health() {
    return uplink.topics.delivery(uplink.topics.health());
  }
}
