package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.LossReceipt;
import org.cityedge.buffer.StoredEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract accepts what the contract's own examples say, and refuses each mutation of them. */
class WireSchemasTest {
  private static final String SHA =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  private static final String ALERT =
      """
      {"alertId":"01JWN8Z3T0K5V9Q2R7B4C6D8E1","rev":1,"state":"raised","kind":"smoke","status":"Actual",\
      "severity":"Severe","urgency":"Immediate","certainty":"Likely","confidence":0.83,\
      "headline":"建设路3号探头疑似烟雾","onset":"2025-06-01T08:30:04.100+08:00",\
      "eventCode":[{"scheme":"local","value":"FIRE-SMOKE"}],\
      "where":{"lat":30.66012,"lon":104.10155,"crs":"WGS84","accuracyM":5,"gridCode":"510108004002017","address":"建设路3号"},\
      "popup":{"camera":"cam-1","gb28181":"51010800001320000001","preset":3,"near":["51010800001320000007"]},\
      "why":{"rule":"smoke-cam-1","detector":"smoke-classical/2","window":"8s","observations":6,"sensors":["smoke-1"]},\
      "evidence":[{"id":"01JWN8Z3W2","type":"image/jpeg","bytes":48211,"sha256":"SHA","takenAt":"2025-06-01T08:30:11.900+08:00","masked":true}],\
      "clock":{"source":"ntp","errorMs":12}}"""
          .replace("SHA", SHA);
  private static final String CATALOG =
      """
      {"hash":"SHA","gateway":{"id":"gw-0042","district":"510108","name":"建设路口","shareLevel":"none"},\
      "sensors":[{"id":"pm25-1/pm2_5","sensor":"pm25-1","quantity":"pm2_5","value":"number","unit":"ug/m3",\
      "range":{"min":0,"max":1000},"periodS":10,"domain":"env","position":{"lat":30.66,"lon":104.1,"crs":"WGS84","accuracyM":5},\
      "gridCode":"510108004002017","partCode":"5101080401000012","department":"环保","shareLevel":"open"}],\
      "cameras":[{"id":"cam-1","gb28181":"51010800001320000001","detects":["smoke","crowd"],\
      "zones":[{"id":"plaza","polygon":[[0,0],[1,0],[1,1]]}],"framesPerSecond":2,"masked":true,"near":[],"shareLevel":"none"}]}"""
          .replace("SHA", SHA);
  static final String HEALTH =
      """
      {"time":"2025-06-01T08:30:04.100+08:00","boot":17,"version":"0.1.0","uptimeS":3600,"configSeq":58,"cpuPercent":12.5,\
      "rssMb":180,"heapMb":40,"diskFreeMb":9000,"temperatureC":51.2,"clock":{"source":"ntp","errorMs":12},\
      "uplink":{"connected":true,"broker":"mqtt://district:1883","reconnects":2,"rejected":0},\
      "queue":{"alert":{"events":0,"bytes":0},"telemetry":{"events":9,"bytes":900,"oldestAgeS":4.2,"dropped":0}},\
      "sensors":{"ok":3,"stale":0,"bad":1},"alerts":{"smoke":1},\
      "cameras":[{"id":"cam-1","state":"ok","framesPerSecond":2,"frameAgeMs":400,"analysisMs":31.5}]}""";

  private final Uplink uplink = new Uplink();

  private Message wire(Event event) {
    return wire(Envelope.of(new StoredEvent(7, 17, event), false, uplink.topics));
  }

  private static Message wire(Outgoing out) {
    return WireSchemas.message(out);
  }

  private Event record(String topic, String id, String type, String subject, String data) {
    return uplink.events.record(
        Lane.REPORT, topic, id, type, uplink.clock.instant(), subject, Uplink.utf8(data));
  }

  private Message alert(String data) {
    String id = "01JWN8Z3T0K5V9Q2R7B4C6D8E1";
    return wire(
        record(
            uplink.topics.alert("smoke"),
            id + "-1",
            "org.cityedge.alert.raised.v1",
            "alert/" + id,
            data));
  }

  private Message catalog(String data) {
    return wire(record(uplink.topics.catalog(), "c", "org.cityedge.catalog.v1", "catalog", data));
  }

  private Message health(String data) {
    Statements statements =
        new Statements(
            uplink.events, () -> new StateDocument("1", Optional.empty(), 0), 1, uplink.clock);
    return wire(statements.health(Uplink.utf8(data)));
  }

  private static Message with(Message m, Map<String, String> properties, Optional<String> type) {
    return new Message(
        m.topic(), m.payload(), m.qos(), m.retained(), type, m.expirySeconds(), properties);
  }

  @Test
  void acceptsEveryKindOfMessage() {
    Statements statements =
        new Statements(
            uplink.events, () -> new StateDocument("1", Optional.of(SHA), 0), 1, uplink.clock);
    LossReceipt loss =
        new LossReceipt(
            Lane.TELEMETRY, LossReceipt.Reason.EVICTED, List.of(new LossReceipt.Range(1, 9)));
    String alertId = "01JWN8Z3T0K5V9Q2R7B4C6D8E1";
    uplink.schemas.assertValid(
        List.of(
            alert(ALERT),
            catalog(CATALOG),
            health(HEALTH),
            wire(statements.online()),
            wire(statements.offline("stopped")),
            wire(uplink.events.loss(loss)),
            wire(uplink.telemetry(1)),
            wire(
                uplink.events.thumb(
                    "E1", alertId, "cam-1", uplink.clock.instant(), SHA, new byte[9])),
            wire(
                record(
                    uplink.topics.alertActive(),
                    "a",
                    "org.cityedge.alert-active.v1",
                    "alert-active",
                    "{\"alerts\":[{\"alertId\":\""
                        + alertId
                        + "\",\"rev\":2,\"kind\":\"smoke\"}]}")),
            wire(
                record(
                    uplink.topics.alertActive(),
                    "a",
                    "org.cityedge.alert-active.v1",
                    "alert-active",
                    "{\"alerts\":[]}"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "\"rev\":1 | \"rev\":0",
        "\"rev\":1 | \"rev\":2",
        "\"state\":\"raised\" | \"state\":\"cleared\"",
        "\"state\":\"raised\" | \"state\":\"cancelled\"",
        "\"kind\":\"smoke\" | \"kind\":\"fire\"",
        "\"kind\":\"smoke\" | \"kind\":\"crowd\"",
        "\"severity\":\"Severe\", | ",
        "\"severity\":\"Severe\" | \"severity\":\"severe\"",
        "\"confidence\":0.83 | \"confidence\":83",
        "04.100+08:00 | 04.100Z",
        "04.100+08:00 | 04+08:00",
        "\"preset\":3 | \"preset\":\"3\"",
        "51010800001320000007 | 5101080000132000007",
        "\"lat\":30.66012, | ",
        "\"rule\":\"smoke-cam-1\" | \"face\":\"x\"",
        "\"kind\": | \"plate\":\"A\",\"kind\":",
        "\"clock\": | \"escalation\":4,\"clock\":",
        "\"clock\": | \"resumed\":true,\"clock\":",
        "\"clock\": | \"reason\":\"timeout\",\"clock\":",
      })
  void refusesEachMutationOfAnAlert(String part, String mutation) {
    String mutated = ALERT.replace(part.strip(), mutation == null ? "" : mutation.strip());
    assertThat(mutated).isNotEqualTo(ALERT);
    assertThat(uplink.schemas.problems(alert(mutated))).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "\"shareLevel\":\"open\" | \"shareLevel\":\"public\"",
        "\"crs\":\"WGS84\" | \"crs\":\"GCJ02\"",
        "\"hash\":\"9f | \"hash\":\"9g",
        "[1,1]] | ]",
        "\"periodS\":10 | \"periodS\":0",
        "\"detects\":[\"smoke\", | \"detects\":[\"face\",",
      })
  void refusesEachMutationOfACatalogue(String part, String mutation) {
    String mutated = CATALOG.replace(part.strip(), mutation.strip());
    assertThat(mutated).isNotEqualTo(CATALOG);
    assertThat(uplink.schemas.problems(catalog(mutated))).isNotEmpty();
  }

  @Test
  void refusesMutationsOfHealth() {
    assertThat(uplink.schemas.problems(health(HEALTH.replace("\"boot\":17,", "")))).isNotEmpty();
    assertThat(uplink.schemas.problems(health(HEALTH.replace("\"ok\",", "\"fine\","))))
        .isNotEmpty();
    assertThat(uplink.schemas.problems(health("{"))).isNotEmpty();
  }

  @Test
  void refusesMutationsOfTelemetry() {
    Message good = wire(uplink.telemetry(1));
    assertThat(uplink.schemas.problems(with(good, Map.of(), good.contentType()))).isNotEmpty();
    assertThat(
            uplink.schemas.problems(
                with(good, good.userProperties(), Optional.of("application/json"))))
        .isNotEmpty();
    for (String pack :
        List.of(
            "[]",
            "[{\"n\":\"a/b\",\"v\":1}]",
            good.text().replace("\"v\":1", "\"v\":1,\"vb\":true"),
            good.text().replace("\"v\":1", "\"v\":1,\"x\":2"),
            good.text().replace("\"v\":1", "\"v\":1,\"quality\":\"sim\""),
            good.text().replace("\"v\":1", "\"v\":1,\"quality\":\"good\""))) {
      Message bad =
          new Message(
              good.topic(),
              pack.getBytes(StandardCharsets.UTF_8),
              1,
              false,
              good.contentType(),
              good.expirySeconds(),
              good.userProperties());
      assertThat(uplink.schemas.problems(bad)).as(pack).isNotEmpty();
    }
  }

  @Test
  void refusesWrongDelivery() {
    Message good = alert(ALERT);
    Message qos0 =
        new Message(
            good.topic(),
            good.payload(),
            0,
            false,
            good.contentType(),
            good.expirySeconds(),
            Map.of());
    Message forever =
        new Message(
            good.topic(), good.payload(), 1, false, good.contentType(), Optional.empty(), Map.of());
    Message elsewhere =
        new Message(
            "city/v1/510108/gw-0043/alert/smoke",
            good.payload(),
            1,
            false,
            good.contentType(),
            good.expirySeconds(),
            Map.of());
    assertThat(uplink.schemas.problems(good)).isEmpty();
    assertThat(uplink.schemas.problems(qos0)).isNotEmpty();
    assertThat(uplink.schemas.problems(forever)).isNotEmpty();
    assertThat(uplink.schemas.problems(elsewhere)).isNotEmpty();
  }
}
