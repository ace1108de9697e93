package org.cityedge.video.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a child writes to its standard error: drained by one thread, kept redacted and bounded (the
 * newest 16 errors of at most 300 characters each), and turned into a reason for a person. A child
 * may run for weeks and complain now and then, so each line has its time, and only those around a
 * failure explain it. Lines look like {@code [rtsp @ 0x5607] [error] method DESCRIBE failed: 401
 * Unauthorized}.
 */
final class ChildMessages {
  private static final int LINES = 16;
  private static final int LINE = 300;

  /** The pictures that FFmpeg still had when the error came follow it. */
  private static final Duration LEAD = Duration.ofSeconds(10);

  /** The writer begins anew 2 s after a failure, at a keyframe, and complains again if it must. */
  private static final Duration RECORDER_RETRIES = Duration.ofMinutes(1);

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

  private record Message(String text, long nanos) {}

  private final @Nullable Login login;
  private final LongSupplier nanos;
  // Written by the messages thread, read by the owner of the stream.
  private final ArrayDeque<Message> errors = new ArrayDeque<>(LINES);
  private volatile boolean reconfigured;
  private volatile @Nullable Message recordingTrouble;

  /**
   * @param nanos monotonic time
   */
  ChildMessages(@Nullable Login login, LongSupplier nanos) {
    this.login = login;
    this.nanos = nanos;
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
      recordingTrouble = message(text);
      return;
    }
    String clean = login == null ? Login.withoutUserInfo(text) : login.redact(text);
    synchronized (errors) {
      if (errors.size() == LINES) {
        errors.remove();
      }
      errors.add(message(clean));
    }
  }

  /** Whether these messages, of level info at least, tell that the picture changed in between. */
  static boolean tellsReconfigured(String messages) {
    return messages.contains(RECONFIGURED);
  }

  private Message message(String text) {
    String cut = text.length() > LINE ? text.substring(0, LINE) + "…" : text;
    return new Message(cut, nanos.getAsLong());
  }

  /** The picture's size or format changed since the last call; FFmpeg would go on with the old. */
  boolean takeReconfigured() {
    boolean was = reconfigured;
    reconfigured = false;
    return was;
  }

  /** What the recording complained of within the last minute. */
  Optional<String> recordingTrouble() {
    return Optional.ofNullable(recordingTrouble)
        .filter(trouble -> nanos.getAsLong() - trouble.nanos() <= RECORDER_RETRIES.toNanos())
        .map(Message::text);
  }

  /**
   * Why the child ended or brings nothing more, as far as its messages tell.
   *
   * @param lastSign when it brought something last, or was started
   */
  Optional<String> reason(long lastSign) {
    List<String> recent;
    synchronized (errors) {
      recent =
          errors.stream()
              .filter(error -> error.nanos() - lastSign >= -LEAD.toNanos())
              .map(Message::text)
              .toList();
    }
    String all = String.join("\n", recent);
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
    return recent.isEmpty()
        ? Optional.empty()
        : Optional.of("the decoder says: " + recent.getLast());
  }
}
