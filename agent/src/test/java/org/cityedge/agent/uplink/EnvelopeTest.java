package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.LossReceipt;
import org.cityedge.buffer.StoredEvent;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
  private static final Instant TIME = Instant.parse("2025-06-01T00:30:12.345Z");

  private final Topics topics = new Topics("510108", "gw-0042");
  private final RandomGenerator zeros = () -> 0;
  private final CloudEvents events =
      new CloudEvents(
          topics,
          ZoneId.of("Asia/Shanghai"),
          InstantSource.fixed(TIME),
          new Ulid(InstantSource.fixed(TIME), zeros));

  private Outgoing render(Event event) {
    return Envelope.of(new StoredEvent(184467, 17, event), false, topics);
  }

  @Test
  void putsTheDataIntoTheRecordAsItIs() {
    Event event =
        events.record(
            Lane.ALERT,
            topics.alert("smoke"),
            "A-1",
            "org.cityedge.alert.raised.v1",
            TIME,
            "alert/A",
            Uplink.utf8("{ \"headline\" : \"疑似烟雾\" }"));
    Outgoing message = render(event);
    assertThat(new String(message.payload(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"specversion\":\"1.0\",\"id\":\"A-1\",\"source\":\"urn:cityedge:510108:gw-0042\","
                + "\"type\":\"org.cityedge.alert.raised.v1\","
                + "\"time\":\"2025-06-01T08:30:12.345+08:00\",\"subject\":\"alert/A\","
                + "\"datacontenttype\":\"application/json\",\"sequence\":\"0000000000184467\","
                + "\"boot\":\"17\",\"data\":{ \"headline\" : \"疑似烟雾\" }}");
    assertThat(message.contentType()).isEqualTo("application/cloudevents+json");
    assertThat(message.userProperties()).isEmpty();
  }

  @Test
  void sendsBulkBareWithItsAttributesBeside() {
    byte[] jpeg = {(byte) 0xff, (byte) 0xd8, 0, 1};
    Outgoing message = render(events.thumb("E1", "A", "cam-1", TIME, "ab", jpeg));
    assertThat(message.payload()).isEqualTo(jpeg);
    assertThat(message.contentType()).isEqualTo("image/jpeg");
    assertThat(message.userProperties())
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("specversion", "1.0"),
                Map.entry("id", "01JWMEASVS0000000000000000"),
                Map.entry("source", "urn:cityedge:510108:gw-0042"),
                Map.entry("type", "org.cityedge.evidence.thumb.v1"),
                Map.entry("time", "2025-06-01T08:30:12.345+08:00"),
                Map.entry("subject", "evidence/E1"),
                Map.entry("alertid", "A"),
                Map.entry("camera", "cam-1"),
                Map.entry("sha256", "ab"),
                Map.entry("masked", "true"),
                Map.entry("sequence", "0000000000184467"),
                Map.entry("boot", "17")));
  }

  private Event telemetry(byte[] data) {
    SenMlPack.Packed pack =
        new SenMlPack.Packed(UplinkConfig.Telemetry.Format.JSON, data[0] == 0x1f, data);
    return events.telemetry("env", TIME, true, pack);
  }

  @Test
  void putsBulkIntoOneTextForAProtocolWithoutProperties() {
    byte[] gzip = {0x1f, (byte) 0x8b, 0};
    for (byte[] data : new byte[][] {Uplink.utf8("[{\"n\":\"a/b\",\"v\":1.50}]"), gzip}) {
      Outgoing whole = Envelope.structured(render(telemetry(data)));
      assertThat(new String(whole.payload(), StandardCharsets.UTF_8))
          .startsWith("{\"specversion\":\"1.0\",\"id\":\"01JWMEASVS")
          .contains("\"status\":\"Test\"")
          .contains("\"sequence\":\"0000000000184467\",\"boot\":\"17\"")
          .endsWith(
              "\"datacontenttype\":\"application/senml+json\","
                  // The data stays as it was, digit by digit.
                  + (data == gzip
                      ? "\"data_base64\":\"H4sA\"}"
                      : "\"data\":[{\"n\":\"a/b\",\"v\":1.50}]}"));
      assertThat(whole.userProperties()).isEmpty();
      assertThat(whole.contentType()).isEqualTo("application/cloudevents+json");
    }
    Outgoing record =
        render(
            events.loss(
                new LossReceipt(
                    Lane.ALERT, LossReceipt.Reason.CORRUPT, List.of(new LossReceipt.Range(1, 1)))));
    assertThat(Envelope.structured(record)).isSameAs(record);
  }

  @Test
  void marksBulkThatIsToldLate() {
    StoredEvent late = new StoredEvent(7, 17, telemetry(Uplink.utf8("[]")));
    assertThat(Envelope.of(late, true, topics).userProperties()).containsEntry("replay", "1");
    assertThat(Envelope.of(late, false, topics).userProperties()).doesNotContainKey("replay");
  }

  @Test
  void doesNotMistakeASubjectForTheMode() {
    Event event =
        events.bulk(
            Lane.EVIDENCE,
            topics.evidence("E1", 0),
            "x",
            "org.cityedge.evidence.v1",
            TIME,
            "\"datacontenttype\":\"application/json\"}",
            "video/mp4",
            Map.of(),
            new byte[3]);
    assertThat(render(event).contentType()).isEqualTo("video/mp4");
  }

  @Test
  void writesAnOffsetOfZeroInDigits() {
    CloudEvents utc =
        new CloudEvents(
            topics,
            ZoneId.of("UTC"),
            InstantSource.fixed(TIME),
            new Ulid(InstantSource.fixed(TIME), zeros));
    assertThat(utc.time(Instant.parse("2025-06-01T00:30:12Z")))
        .isEqualTo("2025-06-01T00:30:12.000+00:00");
  }

  @Test
  void writesALossAsClosedRanges() {
    Event event =
        events.loss(
            new LossReceipt(
                Lane.TELEMETRY,
                LossReceipt.Reason.EVICTED,
                List.of(new LossReceipt.Range(1, 9), new LossReceipt.Range(12, 12))));
    assertThat(event.lane()).isEqualTo(Lane.REPORT);
    assertThat(new String(event.payload(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"lane\":\"telemetry\",\"reason\":\"evicted\",\"events\":10,"
                + "\"ranges\":[[1,9],[12,12]]}");
  }

  @Test
  void readsALossThatItWroteAndNoOther() {
    LossEvents losses = new LossEvents(events);
    for (LossReceipt.Reason reason : LossReceipt.Reason.values()) {
      LossReceipt receipt =
          new LossReceipt(
              Lane.EVIDENCE,
              reason,
              List.of(new LossReceipt.Range(1, 9), new LossReceipt.Range(12, 12)));
      assertThat(losses.receipt(losses.event(receipt).payload())).contains(receipt);
    }
    for (String other :
        List.of(
            "",
            "x",
            "{}",
            "{\"lane\":\"telemetry\",\"reason\":\"evicted\",\"ranges\":[]}",
            "{\"lane\":\"telemetry\",\"reason\":\"evicted\",\"ranges\":[[9,1]]}",
            "{\"lane\":\"mass\",\"reason\":\"evicted\",\"ranges\":[[1,9]]}")) {
      assertThat(losses.receipt(Uplink.utf8(other))).as(other).isEmpty();
    }
  }

  @Test
  void refusesDataThatTheTopicDoesNotAllow() {
    assertThatThrownBy(
            () ->
                events.record(
                    Lane.REPORT, topics.loss(), "x", "t", TIME, "s", new byte[8 * 1024 + 1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("8192");
  }

  @Test
  void refusesAttributesThatItDidNotWrite() {
    Event event = new Event("x", Lane.REPORT, topics.loss(), "not json", new byte[0]);
    assertThatThrownBy(() -> render(event)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void neverUnderestimatesThePacket() {
    Outgoing message = render(events.thumb("E1", "A", "cam-1", TIME, "ab", new byte[100]));
    int properties =
        message.userProperties().entrySet().stream()
            .mapToInt(e -> 5 + e.getKey().length() + e.getValue().length())
            .sum();
    // MQTT 5 §3.3: fixed header 3, topic 2 + n, packet identifier 2, property length 2, expiry 5,
    // content type 3 + n, topic alias 3
    int exact = 3 + 2 + message.topic().length() + 2 + 2 + 5 + 3 + 10 + 3 + properties + 100;
    assertThat(message.packetBytes()).isBetween(exact, exact + 8);
  }
}
