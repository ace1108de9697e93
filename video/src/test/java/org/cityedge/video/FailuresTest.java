package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailuresTest {
  private final Detector smoke = new Nothing();
  private final Detector crowd = new Nothing();
  private final Failures failures = new Failures();

  private static final class Nothing implements Detector {
    @Override
    public List<Observation> observe(Frame frame) {
      return List.of();
    }

    @Override
    public void close() {}
  }

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void oneThatFailsForTenSecondsLasts() {
    assertThat(failures.failed(smoke, "no memory", seconds(1))).isTrue();
    assertThat(failures.why()).contains("no memory");
    assertThat(failures.failed(smoke, "no memory", seconds(10))).isFalse();
    assertThat(failures.last()).isFalse();
    failures.failed(smoke, "no memory", seconds(11));
    assertThat(failures.last()).isTrue();
    assertThat(failures.worked(smoke)).isTrue();
    assertThat(failures.last()).isFalse();
    assertThat(failures.why()).isEmpty();
  }

  @Test
  void oneThatWorksBetweenOrFailsOnceDoesNot() {
    failures.failed(smoke, "bad picture", seconds(1));
    failures.worked(smoke);
    failures.failed(smoke, "bad picture", seconds(11));
    failures.failed(crowd, "bad picture", seconds(40));
    assertThat(failures.last()).isFalse();
  }

  private static CameraHealth health(CameraHealth.State state, String detail) {
    return new CameraHealth("cam-1", state, detail, 2, 0, 1, false, 1, 0, 0, Instant.EPOCH, 0);
  }

  @Test
  void onlyACameraThatIsAsItShouldBeHasNothingToSay() {
    assertThat(health(CameraHealth.State.OK, "pictures arrive").remark()).isEmpty();
    assertThat(health(CameraHealth.State.OK, "looked at once a second").remark()).isPresent();
    assertThat(health(CameraHealth.State.LOST, "refused").remark()).contains("refused");
  }
}
