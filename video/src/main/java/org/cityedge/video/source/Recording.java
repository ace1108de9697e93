package org.cityedge.video.source;

import java.nio.file.Path;
import java.util.List;

/**
 * What the child writes beside the sampled pictures: the camera's own packets, not decoded, as
 * Matroska files (which carry H.264, H.265 and MJPEG alike) named {@value #PREFIX} and a number
 * that begins with 0 at every start, also of the writer alone.
 *
 * @param folder must be there; nobody else writes files of these names into it
 * @param seconds length of a file, 1..60; it ends with the first keyframe after that
 */
public record Recording(Path folder, int seconds) {
  public static final String PREFIX = "live-";
  public static final String ENDING = ".mkv";

  /** Packets that wait for the disk; some seconds of a camera. */
  private static final int QUEUE = 120;

  public Recording {
    if (seconds < 1 || seconds > 60) {
      throw new IllegalArgumentException("a file must last 1..60 s, was " + seconds);
    }
  }

  /**
   * The child's second output. The fifo muxer stands between, since in FFmpeg 8.0.1 the first
   * failure of any other muxer, tee with onfail=ignore included, ends the whole program and the
   * pictures with it (measured on a full tmpfs). It writes on a thread of its own, throws packets
   * away when that one hangs, and begins anew at a keyframe two seconds after a failure.
   *
   * @param arrival whether the packets' times are those of their arrival: two of one burst may then
   *     have the same millisecond, which is Matroska's unit and which it refuses
   */
  List<String> output(boolean arrival) {
    String files = folder.toString().replace("%", "%%") + "/" + PREFIX + "%08d" + ENDING;
    return List.of(
        "-map",
        "0:v:0",
        "-c",
        "copy",
        "-bsf:v",
        arrival ? "setts=ts=max(TS\\,PREV_OUTDTS+0.002/TB)" : "null",
        "-f",
        "fifo",
        "-fifo_format",
        "segment",
        "-queue_size",
        String.valueOf(QUEUE),
        "-drop_pkts_on_overflow",
        "1",
        "-attempt_recovery",
        "1",
        "-recover_any_error",
        "1",
        "-recovery_wait_time",
        "2",
        "-restart_with_keyframe",
        "1",
        "-format_opts",
        "segment_time=" + seconds + ":segment_format=matroska:reset_timestamps=1",
        files);
  }
}
