package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MedianBackgroundTest {
  private static final int PIXELS = 500;
  private static final long SECOND = 1_000_000_000L;

  private final MedianBackground background = new MedianBackground(PIXELS);
  private final byte[] nobody = new byte[PIXELS];

  @Test
  void isTheMedianOfTheLastFifteenPictures() {
    Random random = new Random(11);
    Deque<byte[]> last = new ArrayDeque<>();
    for (int picture = 0; picture < 100; picture++) {
      byte[] grey = new byte[PIXELS];
      // Few levels and many, so that some are equal, and both ends of the range are reached.
      int levels = 1 << picture % 9;
      for (int i = 0; i < PIXELS; i++) {
        grey[i] = (byte) (random.nextInt(levels) * 255 / Math.max(1, levels - 1));
      }
      last.addLast(grey);
      if (last.size() > 15) {
        last.removeFirst();
      }

      background.learn(grey, nobody, 3 * SECOND * picture);

      assertThat(background.median()).as("picture " + picture).isEqualTo(median(last));
    }
  }

  private static byte[] median(Deque<byte[]> pictures) {
    byte[] median = new byte[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      int pixel = i;
      int[] sorted = pictures.stream().mapToInt(grey -> grey[pixel] & 0xff).sorted().toArray();
      median[i] = (byte) sorted[sorted.length / 2];
    }
    return median;
  }

  @Test
  void learnsWhatStandsThereOnlyAfterFiveMinutes() {
    for (int second = 0; second < 15; second++) {
      background.learn(filled(100), nobody, second * SECOND);
    }
    byte[] everywhere = filled(1);
    for (int second = 18; second <= 18 + 300; second += 3) {
      background.learn(filled(200), everywhere, second * SECOND);
    }
    assertThat(background.median()).isEqualTo(filled(100));
    for (int second = 321; second < 321 + 8 * 3; second += 3) {
      background.learn(filled(200), everywhere, second * SECOND);
    }
    assertThat(background.median()).isEqualTo(filled(200));
  }

  @Test
  void beginsAnewWhenItIsToForget() {
    for (int second = 0; second < 40; second++) {
      background.learn(filled(100), nobody, second * SECOND);
    }
    background.forget();
    assertThat(background.ready()).isFalse();
    background.learn(filled(30), nobody, 40 * SECOND);
    assertThat(background.median()).isEqualTo(filled(30));
  }

  private static byte[] filled(int level) {
    byte[] grey = new byte[PIXELS];
    Arrays.fill(grey, (byte) level);
    return grey;
  }
}
