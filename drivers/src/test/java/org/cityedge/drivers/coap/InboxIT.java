package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The inbox over plain CoAP, byte by byte (RFC 7252 §3). */
@Timeout(120)
class InboxIT {
  private static final String IN = "b2" + "696e"; // Uri-Path (11): "in"
  private static final String DOOR = "06" + "646f6f722d31"; // Uri-Path again: "door-1"

  @TempDir Path secrets;
  private InboxFixture fixture;
  private DatagramSocket socket;
  private int messageId = 0x1000;

  @BeforeEach
  void startInbox() throws IOException, InterruptedException {
    fixture = new InboxFixture(secrets, "coap", 1200, 256, 300);
    fixture.plain("door-1");
    socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
  }

  @AfterEach
  void stopInbox() {
    socket.close();
    fixture.close();
  }

  private String send(String hex) throws IOException {
    return fixture.exchange(socket, HexFormat.of().parseHex(hex), 700);
  }

  private byte[] goodPost(int value) {
    String id = HexFormat.of().toHexDigits((short) ++messageId);
    String payload = HexFormat.of().formatHex(Integer.toString(value).getBytes(US_ASCII));
    return HexFormat.of().parseHex("4002" + id + IN + DOOR + "ff" + payload);
  }

  /** Sent again as a sensor does (RFC 7252 §4.2): a full receive buffer loses the first. */
  private String confirmed(byte[] post) throws IOException {
    String answer = "";
    for (int tries = 0; tries < 5 && answer.isEmpty(); tries++) {
      answer = fixture.exchange(socket, post, 2_000);
    }
    return answer;
  }

  /** The proof that the inbox lives: a proper message is answered properly. */
  private void assertAnswers(int value) throws IOException, InterruptedException {
    byte[] post = goodPost(value);
    assertThat(confirmed(post)).isEqualTo("6044" + HexFormat.of().toHexDigits((short) messageId));
    fixture.awaitValue("door-1", value);
  }

  @ParameterizedTest(name = "{2}: {0}")
  @CsvSource(
      nullValues = "none",
      value = {
        // what is sent, what comes back
        "40020001" + IN + DOOR + "ff31, 60440001, a proper POST",
        "50020001" + IN + DOOR + "ff31, 5044, a proper POST without confirmation",
        "40020001" + IN + DOOR + "ff, 60820001|70000001, a payload marker without payload (§3)",
        "40020001" + IN + "06646f6f72, 60820001|70000001, an option that is cut off (§3.1)",
        "40020001bf, 60820001|70000001, option length 15 (§3.1)",
        "40020001f0, 60820001|70000001, option delta 15 (§3.1)",
        "40020001d0, 60820001|70000001, an extended delta that is missing",
        "40020001e000, 60820001|70000001, an extended delta that is cut off",
        "4002000100, 6084|6080|6082|7000, option 0",
        "42000001aabb, 70000001, an empty message with a token (§4.1)",
        "40000001aa, 70000001, an empty message with more behind it (§4.1)",
        "40000001, 70000001, a ping (§4.3)",
        "49020001" + "000000000000000000" + IN + ", 70000001|none, a token of 9 (§3)",
        "4f020001, 70000001|none, token length 15 (§3)",
        "80020001" + IN + DOOR + "ff31, none, version 2 (§3)",
        "00020001" + IN + DOOR + "ff31, none, version 0 (§3)",
        "40, none, one byte",
        "400200, none, three bytes",
        "40200001, 70000001|none, a reserved code class",
        "60020001" + IN + DOOR + "ff31, none|70000001, a request as an acknowledgement (§4.2)",
        "40020001" + IN + DOOR + "d1f400ff31, 60440001, an unknown elective option: 268 (§5.4.1)",
        "40020001" + IN + DOOR + "d1f300ff31, 6082, an unknown critical option: 267 (§5.4.1)",
        "4002000113aabbcc" + "a2696e" + DOOR + "ff31, 6082, If-Match",
        "40020001" + IN + DOOR + "d80b68747470733a2f2fff31, 60a50001, Proxy-Uri",
        "40010001" + IN + DOOR + ", 60850001, a GET",
        "40010001" + IN + "06646f6f722d39, 60850001, a GET of a sensor that there is not",
        "40020001" + IN + "06646f6f722d39ff31, 60840001, a POST to a sensor that there is not",
        "40020001" + DOOR + ", 608, another path",
      })
  void answersAsTheRfcAsks(String sent, String allowed, String what)
      throws IOException, InterruptedException {
    String answer = send(sent);
    if (allowed == null) {
      assertThat(answer).as(what).isEmpty();
    } else {
      assertThat(allowed.split("\\|"))
          .as(what + " was answered " + answer)
          .anyMatch(a -> a.equals("none") ? answer.isEmpty() : answer.startsWith(a));
    }
    assertAnswers(42);
  }

  @Test
  void asksToComeAgainUntilTheSensorIsBegunAnew() throws IOException, InterruptedException {
    assertAnswers(1);
    fixture.closeSensors();
    byte[] post = goodPost(2);
    assertThat(confirmed(post))
        .as("5.03 with a Max-Age of 10 s")
        .isEqualTo("60a3" + HexFormat.of().toHexDigits((short) messageId) + "d1010a");
    fixture.plain("door-1");
    assertAnswers(3);
  }

  @Test
  void livesOnAfterRandomPackets() throws IOException, InterruptedException {
    try (DatagramSocket other = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.3"))) {
      for (byte[] packet : Packets.random(50_000, 11)) {
        fixture.send(other, packet);
      }
    }
    assertAnswers(5);
  }

  @Test
  void keepsOthersGoingWhileOnePeerFloods() throws IOException, InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    byte[] packet = goodPost(80);
    InetSocketAddress inbox =
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), fixture.inbox.port());
    fixture.plain("door-2");
    Thread flood =
        Thread.ofPlatform()
            .start(
                () -> {
                  byte[] mine =
                      new String(packet, ISO_8859_1)
                          .replace("door-1", "door-2")
                          .getBytes(ISO_8859_1);
                  try (DatagramSocket other =
                      new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.2"))) {
                    while (!over.get()) {
                      mine[3]++;
                      other.send(new DatagramPacket(mine, mine.length, inbox));
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    try {
      for (int i = 0; i < 20; i++) {
        assertThat(confirmed(goodPost(i))).startsWith("6044");
      }
      // An answer is out before its sample is handed over.
      for (int mine = 0; mine < 20; ) {
        Sample sample = fixture.samples.poll(30, TimeUnit.SECONDS);
        assertThat(sample).as("sample %s of door-1", mine).isNotNull();
        mine += requireNonNull(sample).sensor().equals("door-1") ? 1 : 0;
      }
    } finally {
      over.set(true);
      flood.join();
    }
    assertThat(fixture.inbox.lost())
        .anySatisfy(
            loss -> {
              assertThat(loss.from()).isEqualTo("127.0.0.2");
              assertThat(loss.cause()).isEqualTo(Loss.Cause.PACKETS);
              assertThat(loss.count()).isPositive();
            })
        .noneMatch(loss -> loss.from().equals("door-1") || loss.from().equals("127.0.0.1"));
  }
}
