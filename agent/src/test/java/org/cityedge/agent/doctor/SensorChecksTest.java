package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SensorChecksTest {
  @TempDir Path folder;

  private Patient patient(String sensors, Optional<JsonNode> agent) throws Exception {
    String text =
        "gateway: {id: gw-1, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\nsensors:\n"
            + sensors;
    GatewayConfig config =
        ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, folder));
    return new Patient(
        folder.resolve("gateway.yaml"),
        folder,
        folder,
        Optional.of(config),
        agent,
        Optional.empty(),
        Patient.Machine.real());
  }

  @Test
  void contactsAndCountersThatCannotBeTrustedAreNamed() throws Exception {
    String sensors =
        """
        - {id: door-1, type: contact, chip: /dev/gpiochip0, line: 3, quantity: open}
        - {id: rain-1, type: counter, chip: /dev/gpiochip0, line: 4, quantity: rain, unit: mm, perPulse: 0.2}
        """;
    JsonNode word =
        JsonMapper.builder()
            .build()
            .readTree(
                "{\"sensors\":{\"door-1\":{\"state\":\"ok\"},\"rain-1\":{\"state\":\"bad\"}}}");
    assertThat(SensorChecks.sensors(patient(sensors, Optional.of(word))))
        .extracting(Finding::subject, Finding::diagnosis)
        .containsExactly(
            tuple("door-1", Diagnosis.SENSOR_GOOD), tuple("rain-1", Diagnosis.SENSOR_BAD));
    assertThat(SensorChecks.sensors(patient(sensors, Optional.empty())))
        .extracting(Finding::diagnosis)
        .containsExactly(Diagnosis.AGENT_MUST_RUN);
  }

  @Test
  void channelsOfWhichNothingCameYetAreNamed() throws Exception {
    String sensors =
        """
        - {id: level-1, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: m}, {quantity: open}, {quantity: tilt, unit: deg}]}
        """;
    JsonNode word =
        JsonMapper.builder()
            .build()
            .readTree(
                "{\"sensors\":{\"level-1\":{\"state\":\"ok\",\"unheard\":[\"open\",\"tilt\"]}}}");
    assertThat(SensorChecks.sensors(patient(sensors, Optional.of(word))))
        .extracting(Finding::diagnosis, Finding::mark, Finding::values)
        .containsExactly(tuple(Diagnosis.CHANNEL_WAITED_FOR, Mark.SKIP, List.of("open, tilt")));
  }

  @Test
  void ofASensorThatPostsOurOwnPortIsNamedAndNotItsProbe() throws Exception {
    String sensors =
        """
        - {id: level-1, type: coap, mode: inbox, security: {psk: {keyRef: level-1}}, format: senml, period: 12h, channels: [{quantity: level, unit: m}]}
        - {id: door-1, type: contact, chip: /dev/gpiochip0, line: 3, quantity: open}
        """
            + "inbox: {listen: \"coaps://0.0.0.0:5684\"}\n";
    String fault = "{\"state\":\"bad\",\"fault\":\"hardware\",\"detail\":\"inbox cannot listen\"}";
    JsonNode word =
        JsonMapper.builder()
            .build()
            .readTree("{\"sensors\":{\"level-1\":%s,\"door-1\":%s}}".formatted(fault, fault));
    assertThat(SensorChecks.sensors(patient(sensors, Optional.of(word))))
        .extracting(Finding::subject, Finding::diagnosis, Finding::detail)
        .containsExactly(
            tuple("level-1", Diagnosis.SENSOR_INBOX, "inbox cannot listen"),
            tuple("door-1", Diagnosis.SENSOR_BAD, "inbox cannot listen"));
  }

  /** None of them answers before all have been asked. */
  @Test
  void allAreAskedAtOnce() throws Exception {
    int many = 100;
    CountDownLatch asked = new CountDownLatch(many);
    List<DatagramSocket> servers = new ArrayList<>();
    StringBuilder sensors = new StringBuilder();
    try {
      for (int i = 0; i < many; i++) {
        DatagramSocket server = new DatagramSocket(0, InetAddress.ofLiteral("127.0.1." + (i + 1)));
        servers.add(server);
        sensors.append(
            "- {id: s-%d, type: coap, uri: \"coap://%s:%d/x\", mode: poll, format: text, channels: [{quantity: x, unit: m}]}\n"
                .formatted(i, server.getLocalAddress().getHostAddress(), server.getLocalPort()));
        Thread.ofVirtual().start(() -> answer(server, asked));
      }
      Patient patient = patient(sensors.toString(), Optional.empty());
      assertThat(SensorChecks.sensors(patient, Duration.ofSeconds(8)))
          .hasSize(many)
          .allMatch(finding -> finding.diagnosis() == Diagnosis.SENSOR_GOOD);
    } finally {
      servers.forEach(DatagramSocket::close);
    }
  }

  /** Piggybacked 2.05 with Content-Format 0 and the text 1 (RFC 7252 §3 and §5.2.1). */
  private static void answer(DatagramSocket server, CountDownLatch asked) {
    try {
      DatagramPacket request = new DatagramPacket(new byte[1500], 1500);
      server.receive(request);
      asked.countDown();
      if (!asked.await(30, TimeUnit.SECONDS)) {
        return;
      }
      byte[] in = request.getData();
      int token = in[0] & 0x0F;
      ByteBuffer out =
          ByteBuffer.allocate(64)
              .put((byte) (0x60 | token))
              .put((byte) 0x45)
              .put(in, 2, 2 + token)
              .put((byte) 0xC0)
              .put((byte) 0xFF)
              .put("1".getBytes(StandardCharsets.US_ASCII));
      server.send(new DatagramPacket(out.array(), out.position(), request.getSocketAddress()));
    } catch (IOException | InterruptedException e) {
      // Closed at the end of the test; a sensor without an answer fails it.
      Thread.currentThread().interrupt();
    }
  }
}
