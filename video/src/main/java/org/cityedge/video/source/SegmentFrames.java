package org.cityedge.video.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of recorded files, one after the other, at an even rate: the child decodes and
 * scales, we read. Where there is a gap between two files the last picture stands still. Confined
 * to the thread that opened it, which must outlive it.
 */
public final class SegmentFrames implements AutoCloseable {
  /** The file {@code list} and the files that it names lie in this folder. */
  private static final String LIST = "list";

  /** Whoever measures a file's length looks once a second. */
  private static final int SLACK_SECONDS = 2;

  private static final Pattern NO_FAULT = Pattern.compile("\\[(?:info|warning)] ");

  private final Process process;
  private final InputStream in;
  private final BmpReader bitmaps;
  private final Shot shot = new Shot();
  private final Path errors;
  private final CompletableFuture<Void> limit;

  private SegmentFrames(Process process, Path errors, long seconds) {
    this.process = process;
    this.errors = errors;
    in = process.getInputStream();
    bitmaps = new BmpReader(in);
    limit = killAfter(process, seconds);
  }

  /**
   * Starts to decode what {@link #list} has written.
   *
   * @param width most that a picture may have; larger ones are made smaller
   * @param seconds after which the child is killed; the pictures then end with an error
   * @throws IOException when no child can be started
   */
  public static SegmentFrames open(Path folder, int framesPerSecond, int width, long seconds)
      throws IOException {
    Path errors = folder.resolve("decoder.log");
    List<String> command = Child.program();
    command.addAll(
        List.of(
            "-hide_banner",
            "-nostdin",
            "-nostats",
            // For the one line of info that tells of another size.
            "-loglevel",
            "level+info",
            "-protocol_whitelist",
            "file,pipe",
            "-threads",
            "1",
            "-f",
            "concat",
            "-i",
            LIST,
            "-map",
            "0:v:0",
            "-filter_threads",
            "1",
            "-vf",
            String.format(
                Locale.ROOT, "fps=%d,scale=w='min(%d,trunc(iw/2)*2)':h=-2", framesPerSecond, width),
            "-pix_fmt",
            "bgr24",
            "-c:v",
            "bmp",
            "-f",
            "image2pipe",
            "pipe:1"));
    Process process = Child.confined(command, folder).redirectError(errors.toFile()).start();
    process.getOutputStream().close();
    return new SegmentFrames(process, errors, seconds);
  }

  /**
   * Writes the list of files to be decoded or joined.
   *
   * @param names plain names of files in the folder
   * @param seconds how long each one counts, which tells the gaps between them; what a file has far
   *     beyond that is left out, for its times jump where the clock was set; empty when their own
   *     length counts
   */
  public static void list(Path folder, List<String> names, List<Double> seconds)
      throws IOException {
    StringBuilder text = new StringBuilder("ffconcat version 1.0\n");
    for (int i = 0; i < names.size(); i++) {
      text.append("file ").append(names.get(i)).append('\n');
      if (!seconds.isEmpty()) {
        text.append(String.format(Locale.ROOT, "duration %.3f%n", seconds.get(i)));
        text.append(String.format(Locale.ROOT, "outpoint %.3f%n", seconds.get(i) + SLACK_SECONDS));
      }
    }
    Files.writeString(folder.resolve(LIST), text);
  }

  /**
   * The next picture, blue first, rows from the top. Its buffer is used again at the next call.
   *
   * @return null at the end
   * @throws IOException when the child failed or was killed at its limit; at the end also when the
   *     recording's pictures were not all of one size and format. FFmpeg 8.0.1 squeezes them into
   *     the first one's size, and without its {@code autoscale} writes other pixels than are there
   */
  public byte @Nullable [] next() throws IOException {
    try {
      if (bitmaps.read(shot)) {
        return shot.bgr;
      }
    } catch (IOException e) {
      throw new IOException("the recording cannot be decoded: " + why(process, errors), e);
    }
    if (!ended(process)) {
      throw new IOException("the recording cannot be decoded: " + why(process, errors));
    }
    if (ChildMessages.tellsReconfigured(Files.readString(errors, StandardCharsets.ISO_8859_1))) {
      throw new IOException("the camera changed its picture size or format");
    }
    return null;
  }

  /** Ends the pictures with an error; any thread. */
  public void kill() {
    process.destroyForcibly();
  }

  public int width() {
    return shot.width;
  }

  public int height() {
    return shot.height;
  }

  @Override
  public void close() {
    limit.cancel(false);
    Child.end(process);
  }

  static CompletableFuture<Void> killAfter(Process process, long seconds) {
    return CompletableFuture.runAsync(
        process::destroyForcibly, CompletableFuture.delayedExecutor(seconds, TimeUnit.SECONDS));
  }

  /** Whether it ends by itself and well; a second is left for that. */
  static boolean ended(Process process) throws IOException {
    try {
      return process.waitFor(1, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The last thing that the child said. */
  static String why(Process process, Path errors) throws IOException {
    String last =
        Files.readString(errors, StandardCharsets.ISO_8859_1)
            .lines()
            .filter(line -> !line.isBlank() && !NO_FAULT.matcher(line).find())
            .reduce("", (_, next) -> next);
    if (!last.isEmpty()) {
      return last.length() > 300 ? last.substring(0, 300) : last;
    }
    return process.isAlive() ? "it does not end" : "status " + process.exitValue();
  }
}
