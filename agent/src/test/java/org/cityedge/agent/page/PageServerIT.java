package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.config.Secrets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server answers, byte by byte: no client of ours is between. */
class PageServerIT {
  private static final String CODE = "k7-lamp-42";
  private static final String OURS = "Host: gw-test\r\n";
  private static final String KNOWN = OURS + "Authorization: Bearer " + CODE + "\r\n";
  private static final Duration SOON = Duration.ofSeconds(20);

  // One server for all, since the JDK's takes a second to stop.
  @TempDir static Path secrets;
  private static final AtomicLong TIME = new AtomicLong();
  private static volatile Snapshot now = Snapshots.well();
  private static PageServer server;

  @BeforeAll
  static void start() throws IOException {
    Path file = Files.writeString(secrets.resolve("page"), CODE);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    server =
        new PageServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Set.of("gw-test", "127.0.0.1", "[fd00:0:0:0:0:0:0:1]"),
            new AccessCode(Optional.of("page"), new Secrets(secrets), TIME::get),
            () -> now,
            new Stills(List.of("cam-1"), System::nanoTime),
            () -> Documents.zones(List.of()),
            Duration.ofSeconds(1));
    server.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void forgetAttempts() {
    now = Snapshots.well();
    TIME.addAndGet(Duration.ofMinutes(2).toNanos());
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** The whole answer to one request; the server closes. */
  private String ask(String line, String headers) throws IOException {
    try (Socket socket = connect()) {
      socket
          .getOutputStream()
          .write(
              (line + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static JsonNode body(String answer) throws IOException {
    return JsonMapper.builder().build().readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"})
  void nothingButGetAndHeadIsTaken(String method) throws Exception {
    String answer = ask(method + " /api/v1/status", KNOWN + "Content-Length: 0\r\n");
    assertThat(answer).startsWith("HTTP/1.1 405 ").contains("Allow: GET, HEAD");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example\r\n",
        "Host: gw-test.evil.example\r\n",
        "Host: evil.example:8080\r\n",
        "Host: \r\n",
        ""
      })
  void aForeignNameIsRefusedEvenWithTheCode(String host) throws Exception {
    String answer = ask("GET /api/v1/status", "Authorization: Bearer " + CODE + "\r\n" + host);
    assertThat(answer).startsWith("HTTP/1.1 421 ").doesNotContain("pm25-1");
  }

  @Test
  void knowsItsAddressHoweverItIsWritten() throws Exception {
    String written = "Host: [%s]:80\r\n";
    assertThat(ask("GET /api/v1/light", written.formatted("fd00::1"))).startsWith("HTTP/1.1 200 ");
    assertThat(ask("GET /api/v1/light", written.formatted("FD00:0::0:1")))
        .startsWith("HTTP/1.1 200 ");
    assertThat(ask("GET /api/v1/light", written.formatted("fd00::2"))).startsWith("HTTP/1.1 421 ");
    assertThat(ask("GET /api/v1/light", written.formatted("no address")))
        .startsWith("HTTP/1.1 421 ");
  }

  @Test
  void withoutTheCodeThereIsTheLightAndNoMore() throws Exception {
    String light = ask("GET /api/v1/light", OURS);
    assertThat(light).startsWith("HTTP/1.1 200 ");
    assertThat(body(light).get("level").asText()).isEqualTo("green");
    assertThat(body(light).fieldNames())
        .toIterable()
        .containsExactly("time", "gateway", "level", "code", "causes");
    for (String path : List.of("status", "live", "zones", "still/cam-1")) {
      assertThat(ask("GET /api/v1/" + path, OURS)).startsWith("HTTP/1.1 401 ");
      assertThat(ask("GET /api/v1/" + path + "?code=" + CODE, OURS)).startsWith("HTTP/1.1 401 ");
    }
  }

  @Test
  void withTheCodeThereIsAll() throws Exception {
    JsonNode status = body(ask("GET /api/v1/status", KNOWN));
    assertThat(status.at("/sensors/0/number").asDouble()).isEqualTo(37.5);
    assertThat(status.at("/light/level").asText()).isEqualTo("green");
    assertThat(status.has("curves")).isFalse();
  }

  @Test
  void metricsAreForWhoHasTheCode() throws Exception {
    assertThat(ask("GET /metrics", OURS)).startsWith("HTTP/1.1 401 ");
    assertThat(ask("GET /metrics", KNOWN))
        .contains("Content-type: text/plain; version=0.0.4")
        .contains("cityedge_uplink_connected 1.0");
    assertThat(ask("GET /metrics", KNOWN + "Accept: application/openmetrics-text\r\n"))
        .contains("Content-type: application/openmetrics-text")
        .endsWith("# EOF\n");
  }

  @Test
  void guessingEndsInWaiting() throws Exception {
    for (int i = 0; i < AccessCode.EACH; i++) {
      assertThat(ask("GET /api/v1/status", OURS + "Authorization: Bearer guess\r\n"))
          .startsWith("HTTP/1.1 401 ");
    }
    assertThat(ask("GET /api/v1/status", KNOWN))
        .startsWith("HTTP/1.1 429 ")
        .contains("Retry-after: 60");
  }

  @Test
  void everyAnswerCarriesThePolicyAndNoCookie() throws Exception {
    for (String path : List.of("/", "/status.js", "/page.css", "/api/v1/light", "/nothing")) {
      assertThat(ask("GET " + path, OURS))
          .contains("Content-security-policy: default-src 'none'; script-src 'self'")
          .contains("X-content-type-options: nosniff")
          .contains("Referrer-policy: no-referrer")
          .contains("Cache-control: no-store")
          .doesNotContainIgnoringCase("unsafe-inline")
          .doesNotContainIgnoringCase("set-cookie");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/../../etc/passwd", "/package-info.class", "/%2e%2e/page.css", "/page.css/"})
  void servesItsOwnFilesAndNoOthers(String path) throws Exception {
    assertThat(ask("GET " + path, OURS)).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void aHeadHasNoBody() throws Exception {
    String answer = ask("HEAD /", OURS);
    assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
    assertThat(answer).containsPattern("Content-length: [1-9]");
  }

  @Test
  void aPictureThatCannotBeMaskedYetIsNotShown() throws Exception {
    assertThat(body(ask("GET /api/v1/still/cam-1", KNOWN)).get("withheld").asText())
        .contains("waited for");
    assertThat(body(ask("GET /api/v1/still/cam-9", KNOWN)).get("withheld").asText())
        .contains("not switched on");
  }

  @Test
  void aLongHeaderIsRefused() throws Exception {
    try (Socket socket = connect()) {
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\n" + OURS + "X: " + "x".repeat(20_000) + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer;
      try {
        answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      } catch (IOException e) {
        answer = ""; // it was cut while the rest of the header was on its way
      }
      assertThat(answer).doesNotContain("200 OK");
    }
  }

  @Test
  void thereAreNoMoreThanThirtyTwoConnections() throws Exception {
    List<Socket> all = new ArrayList<>();
    try {
      for (int i = 0; i < 33; i++) {
        all.add(connect());
      }
      assertThat(all.getLast().getInputStream().read()).isEqualTo(-1);
    } finally {
      for (Socket socket : all) {
        socket.close();
      }
    }
    Eventually.await(
        "others are served again",
        SOON,
        () -> {
          try {
            return ask("GET /api/v1/light", OURS).startsWith("HTTP/1.1 200 ");
          } catch (IOException e) {
            return false;
          }
        });
  }

  /** More than there are connections, without an answer that was taken. */
  @Test
  void whoBreaksOffTakesNoConnectionForGood() throws Exception {
    for (int i = 0; i < 40; i++) {
      try (Socket socket = connect()) {
        socket
            .getOutputStream()
            .write(("GET / HTTP/1.1\r\n" + OURS + "\r\n").getBytes(StandardCharsets.US_ASCII));
        socket.setSoLinger(true, 0);
      }
    }
    for (int round = 0; round < 40 / Live.CLIENTS; round++) {
      Eventually.await("nobody watches", SOON, () -> server.watching() == 0);
      for (int i = 0; i < Live.CLIENTS; i++) {
        // The server may not have seen yet that those before are gone, and refuse while it is full.
        Eventually.await("who watches is told", SOON, this::watchesAndBreaksOff);
      }
    }
    Eventually.await("nobody watches", SOON, () -> server.watching() == 0);
    assertThat(ask("GET /api/v1/light", OURS)).startsWith("HTTP/1.1 200 ");
  }

  private boolean watchesAndBreaksOff() {
    try (Socket socket = watch()) {
      boolean told = read(socket, "event: status").contains("event: status");
      socket.setSoLinger(true, 0);
      return told;
    } catch (IOException refused) {
      return false;
    }
  }

  private Socket watch() throws IOException {
    Socket socket = connect();
    socket
        .getOutputStream()
        .write(
            ("GET /api/v1/live HTTP/1.1\r\n" + KNOWN + "\r\n").getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String read(Socket socket, String until) throws IOException {
    StringBuilder text = new StringBuilder();
    byte[] some = new byte[4096];
    while (text.indexOf(until) < 0) {
      int count = socket.getInputStream().read(some);
      if (count < 0) {
        break;
      }
      text.append(new String(some, 0, count, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  @Test
  void tellsEachClientUpToItsBound() throws Exception {
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < Live.CLIENTS; i++) {
        Socket client = watch();
        clients.add(client);
        assertThat(read(client, "event: curves")).contains("event: status", "pm25-1");
      }
      assertThat(read(clients.getFirst(), "event: status")).contains("event: status");
      try (Socket tooMany = watch()) {
        assertThat(read(tooMany, "\r\n\r\n")).startsWith("HTTP/1.1 503 ");
      }
      clients.removeLast().close();
      Eventually.await(
          "the place is free again",
          SOON,
          () -> {
            try (Socket next = watch()) {
              return read(next, "\r\n\r\n").startsWith("HTTP/1.1 200 ");
            } catch (IOException e) {
              return false;
            }
          });
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void aClientThatDoesNotReadIsDropped() throws Exception {
    Eventually.await("nobody watches", SOON, () -> server.watching() == 0);
    Snapshot well = Snapshots.well();
    Snapshot.Channel channel = well.sensors().getFirst();
    List<Snapshot.Channel> many = new ArrayList<>();
    for (int i = 0; i < 60_000; i++) {
      many.add(channel);
    }
    now = Snapshots.withSensors(well, many);
    try (Socket deaf = new Socket()) {
      deaf.setReceiveBufferSize(4096);
      deaf.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
      deaf.getOutputStream()
          .write(
              ("GET /api/v1/live HTTP/1.1\r\n" + KNOWN + "\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      Eventually.await("it is served", SOON, () -> server.watching() == 1);
      Eventually.await("it is dropped", SOON, () -> server.watching() == 0);
    }
  }
}
