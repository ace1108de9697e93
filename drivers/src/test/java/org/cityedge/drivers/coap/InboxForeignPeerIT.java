package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Sample.Missed;
import org.eclipse.californium.core.coap.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The inbox over DTLS, as libcoap's client over OpenSSL (Debian libcoap3-bin) sees it. */
@Timeout(120)
class InboxForeignPeerIT {
  private static final String KEY = "key-of-the-first";
  private static final String OTHER = "key-of-the-other";

  @TempDir Path secrets;
  private InboxFixture fixture;

  @BeforeEach
  void startInbox() throws IOException, InterruptedException {
    assumeTrue(
        Files.isExecutable(InboxFixture.CLIENT),
        InboxFixture.CLIENT + " is not installed (libcoap3-bin)");
    fixture = new InboxFixture(secrets, "coaps", 6, 256, 1000);
    fixture.keyed("door-1", KEY);
    fixture.keyed("door-2", OTHER);
  }

  @AfterEach
  void stopInbox() {
    if (fixture != null) {
      fixture.close();
    }
  }

  @Test
  void takesWhatASensorPosts() throws IOException, InterruptedException {
    assertThat(fixture.post("door-1", KEY, "/in/door-1", "21.5")).contains("2.04");
    fixture.assertValue("door-1", 21.5);
    assertThat(fixture.post("door-2", OTHER, "/in/door-2", "22.5")).contains("2.04");
    fixture.assertValue("door-2", 22.5);
  }

  @Test
  void answersForAnotherSensorAsForNone() throws IOException, InterruptedException {
    assertThat(fixture.post("door-1", KEY, "/in/door-2", "1")).contains("4.04");
    assertThat(fixture.post("door-1", KEY, "/in/door-3", "1")).contains("4.04");
    assertThat(fixture.post("door-1", KEY, "/.well-known/core", "1")).contains("4.04");
    assertThat(fixture.samples).isEmpty();
  }

  @Test
  void shakesNoHandsWithAWrongKeyOrAnUnknownIdentity() throws IOException, InterruptedException {
    assertThat(fixture.post("door-1", OTHER, "/in/door-1", "1")).doesNotContain("2.04", "4.04");
    assertThat(fixture.post("door-9", KEY, "/in/door-1", "1")).doesNotContain("2.04", "4.04");
    assertThat(fixture.samples).isEmpty();
    assertThat(fixture.post("door-1", KEY, "/in/door-1", "3")).contains("2.04");
    fixture.assertValue("door-1", 3);
  }

  @Test
  void isDeafToPlainCoap() throws IOException, InterruptedException {
    assertThat(fixture.post("", "", "/in/door-1", "1")).doesNotContain("2.04", "4.0");
    assertThat(fixture.samples).isEmpty();
  }

  @Test
  void putsBlocksTogetherUpToTheLimit() throws IOException, InterruptedException {
    String blocks = "{\"pad\":\"" + "x".repeat(150) + "\",\"temperature\":7}";
    assertThat(fixture.post("door-1", KEY, "/in/door-1", blocks, "-b", "64", "-t", "50"))
        .contains("2.04");
    fixture.assertValue("door-1", 7);
    String large = "{\"pad\":\"" + "x".repeat(400) + "\",\"temperature\":7}";
    assertThat(fixture.post("door-1", KEY, "/in/door-1", large, "-b", "64", "-t", "50"))
        .contains("4.13");
    assertThat(fixture.post("door-1", KEY, "/in/door-1", large, "-t", "50")).contains("4.13");
    assertThat(fixture.samples).isEmpty();
    assertThat(fixture.inbox.lost()).isNotEmpty().allMatch(l -> l.cause() == Loss.Cause.SIZE);
  }

  @Test
  void saysWhatIsWrongWithThePayload() throws IOException, InterruptedException {
    assertThat(fixture.post("door-1", KEY, "/in/door-1", "warm"))
        .contains("4.00")
        .contains("must be a number");
    assertThat(((Missed) fixture.samples.take()).fault().kind()).isEqualTo(Fault.Kind.MALFORMED);
  }

  @Test
  void tellsATalkativeSensorWhenToComeAgain() throws IOException, InterruptedException {
    // Seven within the minute for which six are allowed; -G repeats once a second in one session.
    String said = fixture.post("door-1", KEY, "/in/door-1", "1", "-G", "7", "-B", "12");
    assertThat(said).contains("2.04").contains("4.29").contains("Max-Age:");
    assertThat(fixture.post("door-2", OTHER, "/in/door-2", "2")).contains("2.04");
    assertThat(fixture.inbox.lost())
        .singleElement()
        .matches(loss -> loss.from().equals("door-1") && loss.cause() == Loss.Cause.POSTS);
  }

  @Test
  void livesOnAfterPacketsThatAreNoDtls() throws IOException, InterruptedException {
    byte[][] packets = Packets.random(20_000, 7);
    try (DatagramSocket socket = new DatagramSocket()) {
      for (byte[] packet : packets) {
        fixture.send(socket, packet);
      }
    }
    long begun = System.nanoTime();
    assertThat(fixture.post("door-1", KEY, "/in/door-1", "9")).contains("2.04");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
    fixture.assertValue("door-1", 9);
  }

  @Test
  void tellsASensorThatItsSessionIsOverWhenItCloses() throws Exception {
    try (Relay relay = new Relay(fixture.inbox.port());
        CoapLink sensor = new CoapLink(new KeyFiles(new Secrets(secrets), secrets))) {
      Request post = Request.newPost();
      post.setURI("coaps://127.0.0.1:" + relay.port() + "/in/door-1");
      post.setPayload("21.5");
      sensor.caller(new CoapSecurity.Psk("door-1", "door-1"), () -> {}).send(post);
      assertThat(post.waitForResponse(30_000)).isNotNull();
      assertThat(relay.serversAlerts.availablePermits()).isZero();
      fixture.close();
      assertThat(relay.serversAlerts.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
