package org.cityedge.video.source;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Writes an MP4 that browsers play: H.264 by OpenH264, which is what the LGPL build of FFmpeg has,
 * with the index in front (ISO 14496-12 section 6.2.3 lets {@code moov} stand anywhere; a player
 * that reads from a network wants it first). No sound and no metadata. Confined to the thread that
 * opened it, which must outlive it.
 */
public final class Mp4 implements AutoCloseable {
  private static final String LOG = "encoder.log";

  /**
   * How far a packet is behind the one before it; one second where its times jump, which are the
   * wall clock's: back, or by more than a connection's longest silence. In units of the stream.
   */
  private static final String STEP = "if(between(DTS-PREV_INDTS,0,10/TB),DTS-PREV_INDTS,1/TB)";

  /** A packet's time without the jumps before it; FFmpeg counts packets from 0. */
  private static final String STEADY_DTS =
      "if(eq(N,0)+eq(DTS,NOPTS)+eq(PREV_INDTS,NOPTS),DTS,PREV_OUTDTS+" + STEP + ")";

  private static final String STEADY =
      "setts=dts=" + STEADY_DTS + ":pts=if(eq(DTS,NOPTS),PTS,PTS-DTS+" + STEADY_DTS + ")";

  private final Process process;
  private final OutputStream out;
  private final Path errors;
  private final CompletableFuture<Void> limit;

  private Mp4(Process process, Path errors, long seconds) {
    this.process = process;
    this.errors = errors;
    out = process.getOutputStream();
    limit = SegmentFrames.killAfter(process, seconds);
  }

  /**
   * Begins a file of pictures.
   *
   * @param width even
   * @param height even
   * @param name of the file, in the folder
   * @param seconds after which the child is killed
   * @throws IOException when no child can be started
   */
  public static Mp4 of(
      Path folder, String name, int width, int height, int framesPerSecond, long seconds)
      throws IOException {
    List<String> command = quiet();
    command.addAll(
        List.of(
            "-protocol_whitelist",
            "file,pipe",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "bgr24",
            "-s",
            width + "x" + height,
            "-r",
            String.valueOf(framesPerSecond),
            "-i",
            "pipe:0",
            "-pix_fmt",
            "yuv420p",
            "-threads",
            "1",
            "-c:v",
            "libopenh264",
            // A player that begins in the middle finds a picture within two seconds.
            "-g",
            String.valueOf(2 * framesPerSecond),
            "-b:v",
            String.valueOf(bitsPerSecond(width, height, framesPerSecond))));
    command.addAll(ending(name));
    return start(command, folder, seconds);
  }

  /**
   * Begins to join what {@link SegmentFrames#list} names without decoding it, so that nothing is to
   * be written; H.264 and H.265 only. Where a file's times jump, since the clock was set, its
   * picture stands still for a second.
   *
   * @param seconds after which the child is killed
   * @throws IOException when no child can be started
   */
  public static Mp4 join(Path folder, String name, boolean h265, long seconds) throws IOException {
    List<String> command = quiet();
    command.addAll(List.of("-protocol_whitelist", "file,pipe", "-f", "concat", "-i", "list"));
    command.addAll(List.of("-map", "0:v:0", "-c", "copy", "-bsf:v", STEADY.replace(",", "\\,")));
    if (h265) {
      // Players of Apple know H.265 under this name only.
      command.addAll(List.of("-tag:v", "hvc1"));
    }
    command.addAll(ending(name));
    return start(command, folder, seconds);
  }

  private static List<String> quiet() throws IOException {
    List<String> command = Child.program();
    command.addAll(List.of("-hide_banner", "-nostats", "-loglevel", "error"));
    return command;
  }

  private static List<String> ending(String name) {
    return List.of(
        "-map_metadata",
        "-1",
        "-fflags",
        "+bitexact",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
        "-y",
        name);
  }

  /** A quarter of a bit per pixel: 288 kbit/s for 640x360 at 5 frames a second. */
  private static long bitsPerSecond(int width, int height, int framesPerSecond) {
    return Math.max(100_000L, (long) width * height * framesPerSecond / 4);
  }

  /**
   * What a file of such pictures is planned with: a tenth above its rate, which the encoder keeps
   * to within a twentieth (measured, also under noise of 10 levels). Strong noise all over a
   * detailed picture takes up to thirteen times as much.
   */
  public static long bytes(int width, int height, int framesPerSecond, Duration length) {
    long seconds = length.plusSeconds(1).toSeconds();
    return bitsPerSecond(width, height, framesPerSecond) * seconds / 8 * 11 / 10;
  }

  private static Mp4 start(List<String> command, Path folder, long seconds) throws IOException {
    Path errors = folder.resolve(LOG);
    Process process =
        Child.confined(command, folder)
            .redirectError(errors.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new Mp4(process, errors, seconds);
  }

  /** Ends the file with an error; any thread. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Appends a picture, blue first, rows from the top. */
  public void write(byte[] bgr) throws IOException {
    try {
      out.write(bgr);
    } catch (IOException e) {
      throw new IOException("the clip cannot be encoded: " + why(), e);
    }
  }

  /**
   * Ends the file.
   *
   * @throws IOException when it is not whole
   */
  public void finish(long seconds) throws IOException {
    try {
      out.close();
      if (!process.waitFor(seconds, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException("the clip cannot be encoded: " + why());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private String why() throws IOException {
    String said = Files.readString(errors, StandardCharsets.ISO_8859_1).strip();
    return said.isEmpty() ? SegmentFrames.why(process, errors) : said.lines().toList().getLast();
  }

  @Override
  public void close() {
    limit.cancel(false);
    Child.end(process);
  }
}
