package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.cityedge.agent.uplink.kura.KuraPayload;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KuraRequestTest {
  private final Topics topics = new Topics("510108", "gw-0042");

  private KuraRequest read(String below, KuraPayload payload) {
    Incoming message =
        new Incoming(
            "$EDC/city/gw-0042/" + below,
            payload.encode(),
            false,
            Optional.empty(),
            Optional.empty(),
            new byte[0],
            Map.of(),
            1,
            1);
    return KuraRequest.read(message, below, topics);
  }

  private static KuraPayload asked(String requester, String request) {
    return KuraPayload.of(
        Map.of(KuraRequest.REQUESTER_ID, requester, KuraRequest.REQUEST_ID, request));
  }

  @Test
  void whatTheCentreSaysOfAnAlertGoesToWhoeverTakesItFromOurOwnTopic() throws Exception {
    KuraPayload word =
        KuraPayload.of(
            Map.of(
                KuraRequest.REQUESTER_ID,
                "ops",
                KuraRequest.REQUEST_ID,
                "7",
                "alertId",
                "01JWN8Z3T0K5V9Q2R7B4C6D8E1",
                "rev",
                2,
                "handling",
                "accepted"));
    KuraRequest.Command taken = (KuraRequest.Command) read("CITY-V1/EXEC/alert-handling", word);
    assertThat(taken.command().topic()).isEqualTo("city/v1/510108/gw-0042/alert-handling");
    assertThat(taken.command().responseTopic()).hasValue(topics.commandResponse("kura"));
    JsonNode said = CloudEvents.JSON.readTree(taken.command().payload());
    assertThat(said)
        .isEqualTo(
            CloudEvents.JSON.readTree(
                "{\"alertId\":\"01JWN8Z3T0K5V9Q2R7B4C6D8E1\",\"rev\":2,\"handling\":\"accepted\"}"));
  }

  @Test
  void aHandlingInTheBodyIsHandedOnAsItIs() {
    byte[] body = Uplink.utf8("{\"handling\":\"closed\"}");
    KuraPayload word =
        new KuraPayload(
            OptionalLong.empty(), Optional.empty(), asked("ops", "7").metrics(), Optional.of(body));
    KuraRequest.Command taken = (KuraRequest.Command) read("CITY-V1/EXEC/alert-handling", word);
    assertThat(taken.command().payload()).isEqualTo(body);
  }

  @Test
  void whereAHandlingIsReadItIsACommandThatDoesNotExist() {
    KuraRequest.Command taken =
        (KuraRequest.Command) read("CITY-V1/GET/alert-handling", asked("ops", "7"));
    assertThat(taken.command().topic()).isEqualTo(topics.command("alert-handling"));
  }

  /** Both may be 60 characters, of which those of most scripts are two bytes or more. */
  @ParameterizedTest
  @CsvSource({
    "a, 60, b, 60, true",
    "值, 41, b, 2, true",
    "值, 41, b, 3, false",
    "值, 60, 值, 60, false"
  })
  void anAskerThatNoAnswerWouldFindIsToldSoAtOnce(
      String name, int nameLength, String id, int idLength, boolean answered) {
    KuraPayload payload = asked(name.repeat(nameLength), id.repeat(idLength));
    assertThat(read("CITY-V1/GET/ping", payload) instanceof KuraRequest.Command)
        .isEqualTo(answered);
    assertThat(read("CITY-CONF-V1/GET/reported", payload) instanceof KuraRequest.Command)
        .isEqualTo(answered);
    if (!answered) {
      assertThat(read("CITY-V1/GET/ping", payload))
          .isInstanceOfSatisfying(
              KuraRequest.Malformed.class,
              malformed -> assertThat(malformed.reason()).contains("at most 125 bytes"));
    }
  }
}
