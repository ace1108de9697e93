package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
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
        {"n":"speed","u":"m/s","v":3.5,"t":5}]""";
    Outgoing told =
        form(bulk(uplink.topics.position(), "application/senml+json", Uplink.utf8(pack)));
    assertThat(told.topic()).isEqualTo("city/gw-0042/CITY-V1/position");
    KuraPayload payload = KuraPayload.decode(told.payload());
    assertThat(payload.position())
        .hasValue(
            new KuraPayload.Position(30.2, 104.2, OptionalDouble.empty(), OptionalDouble.of(3.5)));
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
  @CsvSource({"NO_SUCH_VERB, 404", "NO_SUCH_EVIDENCE, 404", "FAULT, 500", "NOT_SIGNED, 400"})
  void answersInKurasCodes(String code, int expected) throws Exception {
    byte[] answer = Uplink.utf8("{\"ok\":false,\"code\":\"" + code + "\",\"message\":\"why\"}");
    byte[] asker = new KuraRequest.Asker("ops", "7").correlation();
    Outgoing told = form(uplink.events.answer(KuraRequest.REQUESTER, "x", asker, answer));
    assertThat(told.topic()).isEqualTo("$EDC/city/ops/CITY-V1/REPLY/7");
    assertThat(KuraPayload.decode(told.payload()).metrics())
        .containsEntry("response.code", expected)
        .containsEntry("response.exception.message", "why");
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
