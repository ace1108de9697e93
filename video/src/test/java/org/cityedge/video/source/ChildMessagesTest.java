package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChildMessagesTest {
  private long now;
  private final ChildMessages messages =
      new ChildMessages(new Login("us er", "se/cret"), () -> now);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [rtsp @ 0x56] [error] method DESCRIBE failed: 401Unauthorized         | refused (401)
          [in#0 @ 0x5] [fatal] Error opening input: Server returned 403 Forbidden (access denied) | forbidden (403)
          [http @ 0x5] [error] HTTP error 404 Not Found                         | check the path
          [tcp @ 0x5] [error] Connection to tcp://10.0.0.1:554 failed: Connection refused | check power
          [in#0 @ 0x5] [error] Error opening input: Connection timed out        | no answer
          [tcp @ 0x5] [error] Failed to resolve hostname cam.lan: Name or service not known | host name
          [in#0 @ 0x5] [error] Error opening input: Invalid data found when processing input | not a video
          [fatal] Stream map '' matches no streams.                             | holds no video
          ffmpeg: error while loading shared libraries: libxcb.so.1: cannot open | libxcb.so.1, which is not
          [tls @ 0x5] [error] error:0A000086:SSL routines::certificate verify failed | does not lead to the one in tls
          [v4l2 @ 0x5] [error] Cannot open video device /dev/video0: Permission denied | its group is video
          [v4l2 @ 0x5] [error] ioctl(VIDIOC_STREAMON): Device or resource busy  | another program
          [http @ 0x5] [error] Server returned 5XX Server Error reply           | a server error
          [mjpeg @ 0x5] [error] get_buffer() failed                             | memory limit
          [vf#0:0 @ 0x5] [error] pthread_create() failed: Resource temporarily unavailable | memory limit
          setpriv: failed to execute ffmpeg: Permission denied                  | setpriv: failed to execute
          """)
  void tellsTheCause(String line, String cause) throws IOException {
    say(line + "\n");
    assertThat(messages.reason(now)).hasValueSatisfying(text -> assertThat(text).contains(cause));
  }

  @Test
  void hasNoReasonWhenOnlyNewsWereTold() throws IOException {
    say("[info] Stream mapping:\n[swscaler @ 0x1] [warning] deprecated pixel format used\n");
    assertThat(messages.reason(now)).isEmpty();
  }

  @Test
  void neverRepeatsThePasswordOrWhatStandsInAnAddress() throws IOException {
    say("[x] [error] cannot do rtsp://us%20er:se%2Fcret@10.0.0.1/cam nor se/cret nor se%2Fcret\n");
    assertThat(messages.reason(now).orElseThrow())
        .contains("rtsp://***@10.0.0.1/cam")
        .doesNotContain("se/cret", "se%2Fcret", "us%20er");
  }

  @Test
  void redactsAddressesWithoutALoginToo() throws IOException {
    ChildMessages other = new ChildMessages(null, () -> now);
    other.drain(stream("[x] [error] redirected to rtsp://a:b@host/cam\n"));
    assertThat(other.reason(now).orElseThrow()).contains("rtsp://***@host").doesNotContain("a:b");
  }

  @Test
  void staysSmallWhateverComes() throws IOException {
    say("[error] " + "x".repeat(1_000_000) + "\n" + "[error] y\n".repeat(100_000));
    say("[error] " + "z".repeat(1_000_000));
    assertThat(messages.reason(now).orElseThrow()).hasSizeLessThan(400).contains("zzz");
  }

  @Test
  void doesNotExplainAFailureByWhatWasSaidWeeksBefore() throws IOException {
    say("[tcp @ 0x5] [error] Connection to tcp://10.0.0.1:554 failed: Connection refused\n");
    pass(Duration.ofDays(21));
    long lastPicture = now;
    pass(Duration.ofSeconds(10));
    assertThat(messages.reason(lastPicture)).isEmpty();
    say("[rtsp @ 0x5] [error] Connection reset by peer\n");
    assertThat(messages.reason(lastPicture)).contains("the camera cut the connection");
  }

  @Test
  void explainsAFailureByWhatWasSaidJustBeforeTheLastPicture() throws IOException {
    say("[rtsp @ 0x5] [error] Connection reset by peer\n");
    pass(Duration.ofSeconds(2));
    assertThat(messages.reason(now)).contains("the camera cut the connection");
  }

  @Test
  void theRecordingIsWellAgainWhenItHasNotComplainedForAMinute() throws IOException {
    say("[segment @ 0x5] [error] Failure occurred when ending segment\n");
    pass(Duration.ofMinutes(1));
    assertThat(messages.recordingTrouble())
        .hasValueSatisfying(t -> assertThat(t).contains("ending"));
    pass(Duration.ofSeconds(1));
    assertThat(messages.recordingTrouble()).isEmpty();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void tellsOnceThatThePictureChanged() throws IOException {
    say("[vf#0:0 @ 0x5] [info] Reconfiguring filter graph because video parameters changed\n");
    assertThat(messages.takeReconfigured()).isTrue();
    assertThat(messages.takeReconfigured()).isFalse();
  }

  private void say(String text) throws IOException {
    messages.drain(stream(text));
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
