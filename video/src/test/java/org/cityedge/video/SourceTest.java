package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a camera's entry may say of its source and its sampling. */
class SourceTest {
  private Path folder = Path.of("");

  @BeforeEach
  void remembers(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsEveryKey() throws Exception {
    CameraConfig camera =
        read(
            """
            id: cam-1
            source: "https://10.1.2.30/snap.jpg"
            mainSource: "rtsps://10.1.2.30:322/main"
            snapshot: 2s
            tls: {ca: cam-1.pem}
            user: view
            passwordRef: cam-1
            sampling: keyframes
            framesPerSecond: 1
            """);
    assertThat(camera.source().main().orElseThrow()).hasToString("rtsps://10.1.2.30:322/main");
    assertThat(camera.source().snapshot()).contains(Duration.ofSeconds(2));
    assertThat(camera.source().ca()).contains("cam-1.pem");
    assertThat(camera.source().takesAnyCertificate()).isFalse();
    assertThat(camera.sampling()).isEqualTo(Sampling.keyframes(1));
    assertThat(camera.rate()).isEqualTo(0.5);
  }

  @Test
  void samplesTwoFramesASecondUnlessToldOtherwise() throws Exception {
    assertThat(read("id: cam-1\nsource: \"rtsp://10.1.2.30/\"").sampling())
        .isEqualTo(Sampling.rate(2));
    assertThat(read("id: cam-1\nsource: \"rtsp://10.1.2.30/\"\nsampling: 3").sampling())
        .isEqualTo(Sampling.rate(3));
  }

  @Test
  void takesAnyCertificateWhenTheWordIsThere() throws Exception {
    assertThat(
            read("id: cam-1\nsource: \"rtsps://10.1.2.30/\"\ntls: insecure")
                .source()
                .takesAnyCertificate())
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          source: "rtsps://10.1.2.30/"                              | tls: {ca: NAME}
          source: "rtsp://10.1.2.30/", tls: insecure                | is for a source or mainSource
          source: "rtsps://10.1.2.30/", tls: none                   | {ca: NAME} or insecure
          source: "rtsps://10.1.2.30/", tls: {ca: ../x}             | certificates folder
          source: "rtsp://10.1.2.30/", snapshot: 2s                 | is for a source that is http://
          source: "http://10.1.2.30/", snapshot: 500ms              | 1s..60s
          source: "http://10.1.2.30/", snapshot: 2s, detect: [smoke]| must be 1s where smoke is looked for
          source: "v4l2:///etc/passwd"                              | must be a device such as
          source: "v4l2:///dev/video0", user: a, passwordRef: b     | is for a camera in the network
          source: "rtsp://10.1.2.30/", sampling: 9                  | keyframes or a number 1..5
          source: "rtsp://10.1.2.30/", sampling: 2, framesPerSecond: 2 | write one of them
          source: "ftp://10.1.2.30/"                                | v4l2:// or file://
          source: "rtsp://10.1.2.30/", mainSource: "http://x/"      | rtsp:// or rtsps://
          """)
  void namesWhatIsWrong(String entry, String problem) {
    ConfigException wrong =
        catchThrowableOfType(
            ConfigException.class,
            () -> read("id: cam-1\n" + entry.replaceAll(", (?=\\w+:)", "\n")));
    assertThat(wrong).as(entry).isNotNull();
    assertThat(wrong.getMessage()).contains(problem);
  }

  private CameraConfig read(String document) throws Exception {
    Path file = folder.resolve("camera.yaml");
    Files.writeString(file, document);
    return ConfigLoader.load(file, CameraConfig::read);
  }
}
