package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;

/** Recordings that tests make with the real program. */
public final class Footage {
  /** Writes the raw pictures that are to be encoded, BGR. */
  public interface Pictures {
    void write(OutputStream out) throws IOException;
  }

  private Footage() {}

  /** A test picture that moves, ten pictures a second, a keyframe each second. */
  public static void pattern(Path file, int seconds, String... codec) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-f", "lavfi", "-i", "testsrc2=s=320x240:r=10", "-t", seconds + "", "-g", "10"));
    arguments.addAll(codec.length == 0 ? List.of("-c:v", "libopenh264") : List.of(codec));
    arguments.add(file.toString());
    run(arguments, out -> {});
  }

  /** Pictures at ten a second in one file, a keyframe each second. */
  public static void clip(Path file, int width, int height, Pictures pictures) throws Exception {
    run(
        List.of(
            "-f",
            "rawvideo",
            "-pix_fmt",
            "bgr24",
            "-s",
            width + "x" + height,
            "-r",
            "10",
            "-i",
            "pipe:0",
            "-c:v",
            "libopenh264",
            "-b:v",
            "2000k",
            "-g",
            "10",
            file.toString()),
        pictures);
  }

  /** Pictures of 640x360 at ten a second in files of two seconds, named 0.mkv, 1.mkv and so on. */
  public static void segments(Path folder, Pictures pictures) throws Exception {
    run(
        List.of(
            "-f",
            "rawvideo",
            "-pix_fmt",
            "bgr24",
            "-s",
            "640x360",
            "-r",
            "10",
            "-i",
            "pipe:0",
            "-c:v",
            "libopenh264",
            "-b:v",
            "4000k",
            "-g",
            "10",
            "-f",
            "segment",
            "-segment_time",
            "2",
            "-segment_format",
            "matroska",
            "-reset_timestamps",
            "1",
            folder.resolve("%d.mkv").toString()),
        pictures);
  }

  private static void run(List<String> arguments, Pictures pictures) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(Loader.load(ffmpeg.class), "-loglevel", "error", "-y"));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream out = process.getOutputStream()) {
      pictures.write(out);
    }
    assertThat(process.waitFor()).isZero();
  }
}
