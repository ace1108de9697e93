package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.cityedge.agent.testing.Browser;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.config.Secrets;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Observation;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages in a real browser, of a server without a gateway behind it. */
class PageScriptsIT {
  private static final String CODE = "k7-lamp-42";
  private static final String SIGN = "document.title.startsWith('✓')";
  private static final String KEPT = "sessionStorage.getItem('cityedge.code')";

  @TempDir Path folder;

  private final AtomicInteger looks = new AtomicInteger();
  private volatile Snapshot now = Snapshots.well();
  private Browser browser;
  private PageServer server;

  @BeforeEach
  void open() throws Exception {
    browser = Browser.open(Files.createDirectory(folder.resolve("browser")));
    write(CODE);
    server = serve();
  }

  @AfterEach
  void close() {
    browser.close();
    server.close();
  }

  private void write(String code) throws IOException {
    Path file = Files.writeString(folder.resolve("page"), code);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private PageServer serve() throws IOException {
    CameraConfig camera =
        new CameraConfig(
            "cam-1",
            Source.of(URI.create("http://127.0.0.1/stream")),
            Sampling.rate(2),
            Set.of(Observation.Kind.SMOKE),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty());
    PageServer opened =
        new PageServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Set.of("127.0.0.1"),
            new AccessCode(Optional.of("page"), new Secrets(folder), System::nanoTime),
            () -> {
              looks.incrementAndGet();
              return now;
            },
            new Stills(List.of("cam-1"), System::nanoTime),
            () -> Documents.zones(List.of(camera)),
            Duration.ofSeconds(10));
    opened.start();
    return opened;
  }

  private String page() {
    return "http://127.0.0.1:" + server.port() + "/";
  }

  private void give(String code) {
    browser.await("it is asked for", "!document.getElementById('ask').hidden");
    browser.eval("document.getElementById('code').value = ''");
    browser.type("#code", code);
    browser.click("#ask button");
  }

  private void enter() {
    browser.go(page());
    give(CODE);
    browser.await("all is shown", "!document.getElementById('rest').hidden");
  }

  private void hide(boolean yes) {
    browser.eval(
        "Object.defineProperty(document, 'hidden', {configurable: true, value: %s}); document.dispatchEvent(new Event('visibilitychange'))"
            .formatted(yes));
  }

  @Test
  void aTextThatNoHeaderCarriesIsAWrongCodeAndLocksNothing() {
    browser.go(page());
    for (String impossible : List.of("密码123456", "１２３４５６")) {
      give(impossible);
      browser.await("it says so", "document.getElementById('refused').innerText.includes('半角')");
      assertThat(browser.eval(KEPT).isNull()).isTrue();
    }
    // As an older page has kept it.
    browser.eval("sessionStorage.setItem('cityedge.code', '密码123456')");
    browser.go(page());
    give(CODE);
    browser.await("all is shown", "!document.getElementById('rest').hidden");
    assertThat(browser.text("#refused")).isEmpty();
  }

  @Test
  void noSignIsLeftOnceTheGatewayIsGone() {
    enter();
    browser.await("the sign is green", SIGN);
    server.close();
    browser.await("it says so", "!document.getElementById('stale').hidden");
    assertThat(browser.eval("document.title").asText()).isEqualTo("网关状态");
    assertThat(browser.text("#sign")).isEmpty();
    assertThat(browser.text("#level")).isEqualTo("状态未知");
    browser.click("#lang");
    assertThat(browser.text("#level")).isEqualTo("Not known");
    assertThat(browser.eval("document.getElementById('light').dataset.level").asText())
        .isEqualTo("none");
  }

  @Test
  void aTabThatNobodyLooksAtHasNoSignInItsTitle() {
    enter();
    browser.await("the sign is green", SIGN);
    hide(true);
    assertThat(browser.eval(SIGN).asBoolean()).isFalse();
    hide(false);
    browser.await("it is green again", SIGN);
    assertThat(browser.eval("document.getElementById('stale').hidden").asBoolean()).isTrue();
  }

  @Test
  void whereTooManyLookItSaysThatAndNotThatTheConnectionIsLost() throws Exception {
    List<Socket> others = new ArrayList<>();
    try {
      for (int i = 0; i < Live.CLIENTS; i++) {
        Socket other = new Socket(InetAddress.getLoopbackAddress(), server.port());
        others.add(other);
        other
            .getOutputStream()
            .write(
                ("GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                        + CODE
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
      }
      Eventually.await(
          "all places are taken", Duration.ofSeconds(20), () -> server.watching() == Live.CLIENTS);
      browser.go(page());
      give(CODE);
      browser.await("it says so", "!document.getElementById('stale').hidden");
      assertThat(browser.text("#stale")).isEqualTo("同时查看的人太多，稍后自动重试。");
      browser.await("its light is there", SIGN);
      now = Snapshots.inTrouble();
      browser.await("its light is that of now", "document.title.startsWith('✕')");
      assertThat(browser.eval("document.getElementById('stale').hidden").asBoolean()).isFalse();
      server.close();
      browser.await("nobody knows", "document.title === '网关状态'");
      assertThat(browser.text("#stale")).doesNotContain("同时查看");
    } finally {
      for (Socket other : others) {
        other.close();
      }
    }
  }

  @Test
  void changesOfOneMomentDoNotPileUp() {
    Snapshot.Change twice =
        new Snapshot.Change("2026-11-25T08:30:12.345+08:00", "cam-1", "camera-lost", "");
    now = Snapshots.withFaults(Snapshots.well(), List.of(twice, twice));
    enter();
    int before = looks.get();
    Eventually.await(
        "it was told three times more", Duration.ofSeconds(30), () -> looks.get() > before + 3);
    browser.await("both are there", "document.querySelectorAll('#faults > li').length === 2");
  }

  @Test
  void aCodeWhoseFileCannotBeUsedIsNotCalledMissing() throws Exception {
    Files.delete(folder.resolve("page"));
    browser.go(page());
    browser.await("it is said", "!document.getElementById('closed').hidden");
    assertThat(browser.text("#closed")).startsWith("访问码文件不能用").contains("0600");
  }

  @Test
  void zonesAskWithACodeThatIsWrongByNowOnceOnly() throws Exception {
    enter();
    browser.go(page() + "zones#cam-1");
    browser.await("it can be drawn", "!document.getElementById('work').hidden");
    write("another-one");
    browser.await("it says so", "!document.getElementById('problem').hidden");
    assertThat(browser.text("#problem")).isEqualTo("请先在状态页输入访问码。");
    assertThat(browser.eval(KEPT).isNull()).isTrue();
  }

  @Test
  void zonesDoNotCallACodeMissingWhoseFileCannotBeUsed() throws Exception {
    enter();
    Files.delete(folder.resolve("page"));
    browser.go(page() + "zones#cam-1");
    browser.await("it is said", "!document.getElementById('problem').hidden");
    assertThat(browser.text("#problem")).startsWith("没有可用的访问码").contains("或其文件不能用");
  }

  @Test
  void zonesTryAgainWhereTheySaySo() {
    enter();
    browser.send(
        "Page.addScriptToEvaluateOnNewDocument",
        Map.of(
            "source",
            "const real = window.fetch; let first = true;"
                + " window.fetch = (path, options) => first && path === '/api/v1/zones'"
                + " ? (first = false, Promise.reject(new TypeError('gone'))) : real(path, options);"));
    browser.go(page() + "zones#cam-1");
    browser.await("it can be drawn", "!document.getElementById('work').hidden");
    assertThat(browser.eval("document.getElementById('problem').hidden").asBoolean()).isTrue();
  }
}
