package org.cityedge.video.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a child writes to its standard error: drained by one thread, kept redacted and bounded (the
 * newest 16 errors of at most 300 characters each), and turned into a reason for a person. Lines
 * look like {@code [rtsp @ 0x5607] [error] method DESCRIBE failed: 401 Unauthorized}.
 */
final class ChildMessages {
  private static final int LINES = 16;
  private static final int LINE = 300;
  private static final Pattern ERROR = Pattern.compile("\\[(?:error|fatal|panic)] ");
  private static final Pattern STARTER = Pattern.compile("^(?:prlimit|setpriv): ");
  private static final Pattern LIBRARY = Pattern.compile("shared libraries: ([^:]{1,80}):");

  /** Who writes the recording, in {@link Recording#output}: its faults are not the camera's. */
  private static final Pattern RECORDER =
      Pattern.compile("^\\[(?:fifo|segment|matroska|(?:out|vost|aost)#1\\S*) ?");

  private static final String RECONFIGURED = "Reconfiguring filter graph";

  /** First match wins; the texts are FFmpeg 8.0.1's and those of the C library's strerror. */
  private enum Cause {
    UNAUTHORIZED("Unauthorized", "user or password refused (401)"),
    FORBIDDEN("Forbidden", "access forbidden (403)"),
    NOT_FOUND("Not Found", "no such stream (404); check the path of source"),
    REFUSED("Connection refused", "connection refused; check power, address and port"),
    RESET("Connection reset", "the camera cut the connection"),
    TIMED_OUT("timed out", "no answer within the time limit"),
    NO_ROUTE("No route to host", "no route to the camera"),
    NO_NETWORK("Network is unreachable", "the network is unreachable"),
    NO_NAME("resolve hostname", "the host name is unknown"),
    NO_FILE("No such file", "the file or device does not exist"),
    BUSY("Device or resource busy", "another program uses the device"),
    NO_RIGHT("Cannot open video device", "no right to the device; its group is video"),
    FOREIGN(
        "certificate verify failed",
        "its certificate does not lead to the one in tls: {ca}, or is for another name"),
    UNWELL("Server returned 5", "the camera answers with a server error (5xx)"),
    NO_MEMORY("Cannot allocate memory", "the decoder reached its memory limit"),
    NO_BUFFER("get_buffer() failed", "the decoder reached its memory limit"),
    NO_STACK("pthread_create() failed", "the decoder reached its memory limit"),
    NOT_VIDEO("Invalid data found", "the answer is not a video that can be decoded"),
    NO_STREAM("matches no streams", "the answer holds no video");

    private final String mark;
    private final String text;

    Cause(String mark, String text) {
      this.mark = mark;
      this.text = text;
    }
  }

  private final @Nullable Login login;
  // Written by the messages thread, read by the owner of the stream.
  private final ArrayDeque<String> errors = new ArrayDeque<>(LINES);
  private volatile boolean reconfigured;
  private volatile @Nullable String recordingTrouble;

  ChildMessages(@Nullable Login login) {
    this.login = login;
  }

  /** Reads to the end of the stream. */
  void drain(InputStream in) throws IOException {
    Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
    StringBuilder line = new StringBuilder();
    for (int c = reader.read(); c >= 0; c = reader.read()) {
      if (c == '\n') {
        accept(line.toString());
        line.setLength(0);
      } else if (line.length() < 2 * LINE && c >= ' ') {
        line.append((char) c);
      }
    }
    accept(line.toString());
  }

  private void accept(String line) {
    if (tellsReconfigured(line)) {
      reconfigured = true;
    }
    Matcher mark = ERROR.matcher(line);
    String text = mark.find() ? line.substring(mark.end()) : "";
    if (STARTER.matcher(line).find() || LIBRARY.matcher(line).find()) {
      text = line;
    }
    if (text.isBlank()) {
      return;
    }
    if (RECORDER.matcher(line).find()) {
      recordingTrouble = text.length() > LINE ? text.substring(0, LINE) + "…" : text;
      return;
    }
    String clean = login == null ? Login.withoutUserInfo(text) : login.redact(text);
    synchronized (errors) {
      if (errors.size() == LINES) {
        errors.remove();
      }
      errors.add(clean.length() > LINE ? clean.substring(0, LINE) + "…" : clean);
    }
  }

  /** Whether these messages, of level info at least, tell that the picture changed in between. */
  static boolean tellsReconfigured(String messages) {
    return messages.contains(RECONFIGURED);
  }

  /** The picture's size or format changed since the last call; FFmpeg would go on with the old. */
  boolean takeReconfigured() {
    boolean was = reconfigured;
    reconfigured = false;
    return was;
  }

  /** What the recording complained of last. */
  Optional<String> recordingTrouble() {
    return Optional.ofNullable(recordingTrouble);
  }

  /** Why the child ended, as far as its messages tell. */
  Optional<String> reason() {
    String all;
    String last;
    synchronized (errors) {
      all = String.join("\n", errors);
      last = errors.isEmpty() ? "" : errors.getLast();
    }
    Matcher library = LIBRARY.matcher(all);
    if (library.find()) {
      return Optional.of(
          "ffmpeg needs the system library " + library.group(1) + ", which is not installed");
    }
    for (Cause cause : Cause.values()) {
      if (all.contains(cause.mark)) {
        return Optional.of(cause.text);
      }
    }
    return last.isEmpty() ? Optional.empty() : Optional.of("the decoder says: " + last);
  }
}
