package org.cityedge.video.source;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ffconcat script that tells the child what to open and how. The limits are FFmpeg's own for
 * one socket operation, below the stream's stall limit, so that a plain failure comes with its
 * reason and only a real hang needs the kill.
 */
final class Script {
  /**
   * Microseconds; RTSP and HTTP name it differently (stack measurement: the others are ignored).
   */
  private static final String SOCKET_LIMIT = "5000000";

  private Script() {}

  static String of(URI source, @Nullable Login login) {
    return "ffconcat version 1.0\nfile '"
        + address(source, login)
        + "'\n"
        + String.join("", options(source).stream().map(o -> "option " + o + "\n").toList());
  }

  /** The only protocols the child may use, so that no answer can send it to a local file. */
  static String protocols(URI source) {
    return switch (source.getScheme()) {
      case "rtsp" -> "pipe,rtsp,rtp,tcp";
      case "http" -> "pipe,http,tcp";
      default -> "pipe,file";
    };
  }

  static boolean isFile(URI source) {
    return source.getScheme().equals("file");
  }

  private static List<String> options(URI source) {
    return switch (source.getScheme()) {
      case "rtsp" ->
          List.of(
              "rtsp_transport tcp",
              "timeout " + SOCKET_LIMIT,
              "allowed_media_types video",
              "probesize 500000",
              "analyzeduration 1000000");
      case "http" -> List.of("rw_timeout " + SOCKET_LIMIT, "analyzeduration 1000000");
      default -> List.of();
    };
  }

  private static String address(URI source, @Nullable Login login) {
    if (isFile(source)) {
      return "file:" + source.getPath().replace("'", "'\\''");
    }
    String query = source.getRawQuery() == null ? "" : "?" + source.getRawQuery();
    String text =
        source.getScheme()
            + "://"
            + (login == null ? "" : login.userInfo())
            + source.getRawAuthority()
            + source.getRawPath()
            + query;
    return text.replace("'", "%27");
  }
}
