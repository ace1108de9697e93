package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The verb against cameras that are files, played by the same child as live ones. */
@Timeout(120)
class CameraVerbIT {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void tellsWhatComesFromACamera() throws Exception {
    assertThat(run("test", "cam-1", "--seconds", "4")).isEqualTo(Verb.OK);
    assertThat(out.toString())
        .contains("scene.mp4", "analysed at 320x180", "a second, of all", "state          ok");
  }

  @Test
  void tellsItForAProgram() throws Exception {
    assertThat(run("test", "cam-1", "--seconds", "4", "--json")).isEqualTo(Verb.OK);
    JsonNode told = new ObjectMapper().readTree(out.toString()).get(0);
    assertThat(told.get("width").asInt()).isEqualTo(320);
    assertThat(told.get("framesPerSecond").asDouble()).isBetween(1.5, 2.5);
    assertThat(told.get("state").asText()).isEqualTo("ok");
  }

  @Test
  void saysAtOnceWhyNothingComes() throws Exception {
    assertThat(run("test", "cam-2", "--seconds", "30")).isEqualTo(Verb.FAILURE);
    assertThat(out.toString()).contains("lost: connection refused");
    assertThat(err.toString()).contains("camera cam-2 gives no picture");
  }

  @Test
  void namesTheCamerasThereAre() {
    assertThatThrownBy(() -> run("test", "cam-9"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("no camera \"cam-9\"")
        .hasMessageContaining("cameras: cam-1, cam-2");
  }

  @Test
  void savesAPictureOnlyOnceItCanBeMasked() throws Exception {
    Path picture = folder.resolve("cam-1.jpg");
    String[] frame = {"frame", "cam-1", "--masked", picture.toString(), "--seconds"};
    assertThat(run(with(frame, "4"))).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("no masked picture: what stands still is not yet learned");
    assertThat(picture).doesNotExist();

    assertThat(run(with(frame, "20"))).isEqualTo(Verb.OK);
    assertThat(Files.readAllBytes(picture)).startsWith(0xff, 0xd8).hasSizeLessThan(64 * 1024);
  }

  @Test
  void saysThatNoCameraAnswers() throws Exception {
    assertThat(run("discover", "127.0.0.1:9", "--seconds", "1")).isEqualTo(Verb.WARNING);
    assertThat(err.toString()).contains("no camera answered");
  }

  private static String[] with(String[] arguments, String last) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add(last);
    return all.toArray(String[]::new);
  }

  private int run(String... arguments) throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    Path clip = folder.resolve("scene.mp4");
    if (!Files.exists(clip)) {
      record(clip);
    }
    Path config = folder.resolve("gateway.yaml");
    Files.writeString(
        config,
        """
        gateway: {id: gw-1, district: "510108", name: g, location: {lat: 30.66, lon: 104.1}}
        uplink: {brokers: ["mqtt://127.0.0.1:1883"]}
        cameras:
          - {id: cam-1, name: c, source: "%s", detect: [crowd]}
          - {id: cam-2, name: c, source: "rtsp://127.0.0.1:%d/cam", detect: [crowd]}
        """
            .formatted(clip.toUri(), port));
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!arguments[0].equals("discover")) {
      all.addAll(List.of("--config", config.toString()));
    }
    CameraVerb verb = new CameraVerb();
    return verb.run(
        new CommandLine(verb.spec()).parseArgs(all.toArray(String[]::new)),
        new PrintWriter(out, true),
        new PrintWriter(err, true));
  }

  /** Thirty seconds of a test picture. */
  private static void record(Path file) throws Exception {
    String arguments =
        "-loglevel error -f lavfi -i testsrc2=s=320x180:r=5 -t 30 -c:v mpeg4 -q:v 4 " + file;
    List<String> command = new ArrayList<>(List.of(Loader.load(ffmpeg.class)));
    command.addAll(List.of(arguments.split(" ")));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
