package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cityedge.video.Source;
import org.junit.jupiter.api.Test;

class ScriptTest {
  private static final Source RTSP = source("rtsp://10.0.0.1:554/ch'1?a=b&c=%20");

  @Test
  void quotesTheAddressAndLimitsTheSocket() {
    assertThat(Script.of(RTSP, null, null).lines())
        .startsWith("ffconcat version 1.0", "file 'rtsp://10.0.0.1:554/ch%271?a=b&c=%20'")
        .contains("option rtsp_transport tcp", "option allowed_media_types video")
        .contains("option timeout 5000000");
  }

  @Test
  void encodesEveryCharacterThatCouldEndThePassword() {
    Login login = new Login("us er", "a:b@c/d'e\\f\ng%h密");
    assertThat(Script.of(RTSP, login, null).lines())
        .contains(
            "file 'rtsp://us%20er:a%3Ab%40c%2Fd%27e%5Cf%0Ag%25h%E5%AF%86@10.0.0.1:554/ch%271?a=b&c=%20'");
  }

  @Test
  void quotesAFilesName() {
    assertThat(Script.of(source("file:///tmp/it's%20one.mp4"), null, null).lines())
        .containsExactly("ffconcat version 1.0", "file 'file:/tmp/it'\\''s one.mp4'");
  }

  @Test
  void noAnswerCanSendTheChildToALocalFile() {
    for (String scheme : List.of("rtsp", "rtsps", "http", "https")) {
      assertThat(Script.arguments(source(scheme + "://10.0.0.1/v")))
          .contains("-protocol_whitelist")
          .noneMatch(argument -> argument.contains("file"));
    }
  }

  @Test
  void verifiesACertificateUnlessToldNotTo() {
    Source https = source("https://10.0.0.1/v");
    assertThat(Script.of(https, null, Path.of("/d'a/cam-1.pem")).lines())
        .contains("option tls_verify 1", "option ca_file '/d'\\''a/cam-1.pem'");
    assertThat(Script.of(https, null, null).lines())
        .contains("option tls_verify 0")
        .noneMatch(line -> line.contains("ca_file"));
  }

  @Test
  void fetchesASnapshotAsOftenAsThePipeHasRoomFor() {
    Source snapshot = snapshot("http://10.0.0.1/snap.jpg", 2);
    String script = Script.of(snapshot, new Login("user", "secret"), null);
    assertThat(script.length()).isBetween(50_000, 64 * 1024 - 4096);
    assertThat(script.lines().filter("duration 2"::equals).count()).isGreaterThan(300);
    assertThat(Script.arguments(snapshot)).containsSequence("-readrate", "1");
  }

  @Test
  void opensADeviceOfThisMachineWithoutAScript() {
    Source device = source("v4l2:///dev/video0");
    assertThat(Script.of(device, null, null)).isEmpty();
    assertThat(Script.arguments(device)).containsSequence("-f", "v4l2", "-i", "/dev/video0");
  }

  @Test
  void neverPrintsALogin() {
    assertThat(new Login("user", "secret").toString()).doesNotContain("user", "secret");
  }

  private static Source source(String uri) {
    return Source.of(URI.create(uri));
  }

  private static Source snapshot(String uri, int seconds) {
    return new Source(
        URI.create(uri),
        Optional.empty(),
        Optional.of(Duration.ofSeconds(seconds)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
