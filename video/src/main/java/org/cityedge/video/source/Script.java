package org.cityedge.video.source;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.video.Source;
import org.jspecify.annotations.Nullable;

/**
 * What tells the child what to open and how: an ffconcat script on its standard input, and the
 * arguments that go with it, in which nothing is secret. The limits are FFmpeg's own for one socket
 * operation, below the stream's stall limit, so that a plain failure comes with its reason and only
 * a real hang needs the kill.
 *
 * <p>A snapshot is fetched again and again by naming it some hundred times in the script, each with
 * the period as its duration: the reader, held to real time, opens the next one when it is due.
 */
final class Script {
  /**
   * Microseconds; RTSP and HTTP name it differently (stack measurement: the others are ignored).
   */
  private static final String SOCKET_LIMIT = "5000000";

  /**
   * What a pipe of Linux takes at once, less a page, so that handing the script over never waits.
   */
  private static final int MOST = 60 * 1024;

  private Script() {}

  /**
   * The script; empty for a device of this machine, which needs none. Where it names a snapshot,
   * the child ends by itself after the last fetch, some minutes later.
   *
   * @param ca the file that TLS is verified against; without it any certificate is taken
   */
  static String of(Source source, @Nullable Login login, @Nullable Path ca) {
    if (source.isDevice()) {
      return "";
    }
    StringBuilder entry = new StringBuilder("file '" + address(source, login) + "'\n");
    options(source.stream().getScheme(), ca)
        .forEach(o -> entry.append("option ").append(o).append('\n'));
    int times = 1;
    if (source.snapshot().isPresent()) {
      entry.append("duration ").append(source.snapshot().get().toSeconds()).append('\n');
      times = Math.max(1, MOST / entry.length());
    }
    return "ffconcat version 1.0\n" + entry.toString().repeat(times);
  }

  /** The input's part of the child's arguments. */
  static List<String> arguments(Source source) {
    List<String> arguments =
        new ArrayList<>(List.of("-protocol_whitelist", protocols(source.stream())));
    if (source.isFile() || source.snapshot().isPresent()) {
      arguments.addAll(List.of("-readrate", "1"));
    } else {
      // Arrival is the only clock that no camera can set wrongly. Not "nobuffer": it throws away
      // what was read to learn the format, the first keyframe with it, and the next may be half a
      // minute off.
      arguments.addAll(List.of("-use_wallclock_as_timestamps", "1", "-fflags", "+discardcorrupt"));
    }
    arguments.addAll(List.of("-threads", "1"));
    if (source.isDevice()) {
      arguments.addAll(List.of("-f", "v4l2", "-i", source.stream().getPath()));
    } else {
      arguments.addAll(List.of("-f", "concat", "-safe", "0", "-i", "pipe:0"));
    }
    return arguments;
  }

  /** The only protocols the child may use, so that no answer can send it to a local file. */
  private static String protocols(URI stream) {
    return switch (stream.getScheme()) {
      case "rtsp" -> "pipe,rtsp,rtp,tcp";
      case "rtsps" -> "pipe,rtsp,rtp,tls,tcp";
      case "http" -> "pipe,http,tcp";
      case "https" -> "pipe,https,tls,tcp";
      default -> "pipe,file";
    };
  }

  private static List<String> options(String scheme, @Nullable Path ca) {
    List<String> options = new ArrayList<>();
    switch (scheme) {
      case "rtsp", "rtsps" ->
          options.addAll(
              List.of(
                  "rtsp_transport tcp",
                  "timeout " + SOCKET_LIMIT,
                  "allowed_media_types video",
                  "probesize 500000",
                  "analyzeduration 1000000"));
      case "http", "https" ->
          options.addAll(List.of("rw_timeout " + SOCKET_LIMIT, "analyzeduration 1000000"));
      default -> {}
    }
    if (scheme.equals("rtsps") || scheme.equals("https")) {
      options.add("tls_verify " + (ca == null ? 0 : 1));
      if (ca != null) {
        options.add("ca_file " + quoted(ca.toString()));
      }
    }
    return options;
  }

  private static String address(Source source, @Nullable Login login) {
    URI stream = source.stream();
    if (source.isFile()) {
      return "file:" + stream.getPath().replace("'", "'\\''");
    }
    String query = stream.getRawQuery() == null ? "" : "?" + stream.getRawQuery();
    String text =
        stream.getScheme()
            + "://"
            + (login == null ? "" : login.userInfo())
            + stream.getRawAuthority()
            + stream.getRawPath()
            + query;
    return text.replace("'", "%27");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
