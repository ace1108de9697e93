package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;

class ScriptTest {
  private static final URI RTSP = URI.create("rtsp://10.0.0.1:554/ch'1?a=b&c=%20");

  @Test
  void quotesTheAddressAndLimitsTheSocket() {
    assertThat(Script.of(RTSP, null).lines())
        .startsWith("ffconcat version 1.0", "file 'rtsp://10.0.0.1:554/ch%271?a=b&c=%20'")
        .contains("option rtsp_transport tcp", "option allowed_media_types video")
        .contains("option timeout 5000000");
  }

  @Test
  void encodesEveryCharacterThatCouldEndThePassword() {
    Login login = new Login("us er", "a:b@c/d'e\\f\ng%h密");
    assertThat(Script.of(RTSP, login).lines())
        .contains(
            "file 'rtsp://us%20er:a%3Ab%40c%2Fd%27e%5Cf%0Ag%25h%E5%AF%86@10.0.0.1:554/ch%271?a=b&c=%20'");
  }

  @Test
  void quotesAFilesName() {
    assertThat(Script.of(URI.create("file:///tmp/it's%20one.mp4"), null).lines())
        .containsExactly("ffconcat version 1.0", "file 'file:/tmp/it'\\''s one.mp4'");
  }

  @Test
  void noAnswerCanSendTheChildToALocalFile() {
    assertThat(Script.protocols(RTSP)).doesNotContain("file");
    assertThat(Script.protocols(URI.create("http://10.0.0.1/v"))).doesNotContain("file");
  }

  @Test
  void neverPrintsALogin() {
    assertThat(new Login("user", "secret").toString()).doesNotContain("user", "secret");
  }
}
