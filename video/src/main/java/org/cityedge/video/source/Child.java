package org.cityedge.video.source;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.jspecify.annotations.Nullable;

/**
 * The {@code ffmpeg} child of one connection.
 *
 * <p>It runs under {@code prlimit} (memory) and {@code setpriv} (it is killed when the thread that
 * started it ends, so that it does not outlive an agent that was killed); both replace themselves
 * with it, so that its pid is the one started. Debian has them in util-linux, which is essential.
 *
 * <p>The program links libavdevice, which needs libxcb, libxcb-shm, libasound and libpulse of the
 * system, on arm64 also libdrm, libva and libva-drm; without them the reason says which is missing.
 */
final class Child {
  private static final int WIDTH = 640;

  /** Nothing is asked, and everything that is said has its level before it. */
  private static final List<String> QUIET =
      List.of("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info");

  private Child() {}

  /**
   * Starts the child and hands it its script. The calling thread must live as long as the child.
   *
   * @param memoryBytes private writable memory that it may use; beyond it its allocations fail
   * @throws IOException when the program cannot be unpacked or started
   */
  static Process start(
      Source source,
      Sampling sampling,
      @Nullable Login login,
      @Nullable Path ca,
      Path runFolder,
      long memoryBytes,
      Optional<Recording> recording)
      throws IOException {
    List<String> command = command(source, sampling, memoryBytes);
    recording.ifPresent(r -> command.addAll(r.output(!source.isFile())));
    return started(command, runFolder, Script.of(source, login, ca));
  }

  /**
   * Starts a child that only writes down what comes, and hands it its script.
   *
   * @throws IOException when the program cannot be unpacked or started
   */
  static Process record(
      Source source, @Nullable Login login, @Nullable Path ca, Path runFolder, Recording recording)
      throws IOException {
    List<String> command = program();
    command.addAll(QUIET);
    command.addAll(Script.arguments(source));
    command.addAll(recording.output(true));
    Process process = started(command, runFolder, Script.of(source, login, ca));
    process.getInputStream().close();
    return process;
  }

  private static Process started(List<String> command, Path runFolder, String text)
      throws IOException {
    Process process = confined(command, runFolder).start();
    try (OutputStream script = process.getOutputStream()) {
      script.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended before it read anything; its messages say why.
    }
    return process;
  }

  /** A child with an environment of its own, which holds nothing of the agent's. */
  static ProcessBuilder confined(List<String> command, Path folder) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
    environment.clear();
    environment.putAll(
        Map.of("PATH", path, "LC_ALL", "C", "MALLOC_ARENA_MAX", "2", "OPENBLAS_NUM_THREADS", "1"));
    return builder;
  }

  /** The program behind its limits, to be followed by its arguments; for what is no live stream. */
  static List<String> program() throws IOException {
    return program(LiveStream.Limits.MEMORY_BYTES);
  }

  private static List<String> program(long memoryBytes) throws IOException {
    return new ArrayList<>(
        List.of(
            "prlimit",
            "--data=" + memoryBytes,
            "--core=0",
            "setpriv",
            "--pdeathsig=KILL",
            unpacked()));
  }

  /**
   * Ends the child and waits until it is gone. It has a second to say goodbye to the camera (RTSP
   * TEARDOWN, RFC 2326 section 10.7), since many cameras serve only a few sessions; then it is
   * killed, and 5 s are left for one that is stuck inside the kernel.
   */
  static void end(Process process) {
    process.destroy();
    if (!isGoneWithin(1, process)) {
      process.destroyForcibly();
      isGoneWithin(5, process);
    }
  }

  private static boolean isGoneWithin(int seconds, Process process) {
    try {
      process.onExit().orTimeout(seconds, TimeUnit.SECONDS).join();
      return true;
    } catch (CompletionException e) {
      return false;
    }
  }

  private static List<String> command(Source source, Sampling sampling, long memoryBytes)
      throws IOException {
    List<String> command = program(memoryBytes);
    command.addAll(QUIET);
    if (sampling.keyframes()) {
      // Of the decoder: what is recorded is whole.
      command.addAll(List.of("-skip_frame", "nokey"));
    }
    command.addAll(Script.arguments(source));
    command.addAll(
        List.of(
            "-map",
            "0:v:0",
            "-filter_threads",
            "1",
            "-vf",
            filter(sampling),
            "-fps_mode",
            "passthrough",
            "-pix_fmt",
            "bgr24",
            "-c:v",
            "bmp",
            "-f",
            "image2pipe",
            "pipe:1"));
    return command;
  }

  /**
   * Picks pictures rather than resampling: the fps filter repeats a picture to fill gaps, which
   * would look frozen. Scales as {@link FileFrames} does: by area, to an even size.
   */
  private static String filter(Sampling sampling) {
    return String.format(
        Locale.ROOT,
        "select='%s',scale=w='min(%d,trunc(iw/2)*2)':h=-2:flags=area",
        Picker.expression(sampling),
        WIDTH);
  }

  /**
   * The program, unpacked with its libraries into JavaCPP's cache. Not through {@code Loader.load}:
   * that would load all of FFmpeg into this process as well (40 MB), and fail here instead of in
   * the child, whose words name the library that is missing.
   */
  private static String unpacked() throws IOException {
    File folder = Loader.cacheResource(ffmpeg.class, Loader.Detector.getPlatform());
    File program = new File(folder, "ffmpeg");
    if (folder == null || !(program.canExecute() || program.setExecutable(true))) {
      throw new IOException(
          "the ffmpeg program cannot be unpacked into JavaCPP's cache; is "
              + Loader.getCacheDir()
              + " writable?");
    }
    return program.getPath();
  }
}
