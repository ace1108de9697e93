package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.cityedge.video.Observation.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a detector takes of the heap once it has seen its first pictures. Copies of pictures outlive
 * the young generation, so each one that is thrown away makes the heap of a gateway grow.
 */
class DetectorMemoryTest {
  private static final int WARM = 200;
  private static final int LOOKS = 200;

  /** Less than a twentieth of a picture at the size at which it is compared. */
  private static final long BYTES_A_LOOK = 24_000;

  private static final ThreadMXBean THREADS =
      (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @EnumSource
  void keepsPicturesThatComeUnevenlyInTheMemoryOfOlderOnes(Kind kind) {
    Scene scene = Scene.textured(640, 360);
    CameraConfig config = Cameras.watching(kind);
    Detector detector = Detectors.of(config).getFirst();
    try {
      long before = 0;
      for (int look = 0; look < WARM + LOOKS; look++) {
        // Two at a time: half a second's picture comes early, and the next one late.
        Frame frame = scene.frame((look / 2) + (look % 2) * (look % 4 == 1 ? 0.3 : 0.7));
        long begin = THREADS.getCurrentThreadAllocatedBytes();
        detector.observe(frame);
        before += look < WARM ? 0 : THREADS.getCurrentThreadAllocatedBytes() - begin;
      }
      assertThat(before / LOOKS).as("bytes allocated a look").isLessThan(BYTES_A_LOOK);
    } finally {
      detector.close();
    }
  }
}
