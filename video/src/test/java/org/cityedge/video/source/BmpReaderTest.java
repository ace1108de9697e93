package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BmpReaderTest {
  private final Shot shot = new Shot();

  @ParameterizedTest
  @CsvSource({"18, 16", "18, 3000", "4096, 16", "640, 360"})
  void turnsRowsTheRightWayUpAndDropsTheirPadding(int width, int height) throws IOException {
    byte[] pixels = pixels(width, height);
    assertThat(reader(bitmap(width, height, pixels)).read(shot)).isTrue();
    assertThat(shot.width).isEqualTo(width);
    assertThat(shot.height).isEqualTo(height);
    assertThat(shot.bgr).isEqualTo(pixels);
  }

  @Test
  void followsAChangeOfSizeAndEndsBetweenPictures() throws IOException {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.write(bitmap(16, 16, pixels(16, 16)));
    two.write(bitmap(32, 20, pixels(32, 20)));
    BmpReader reader = reader(two.toByteArray());
    assertThat(reader.read(shot)).isTrue();
    assertThat(reader.read(shot)).isTrue();
    assertThat(shot.bgr).isEqualTo(pixels(32, 20));
    assertThat(reader.read(shot)).isFalse();
  }

  @Test
  void refusesATruncatedPictureAtEveryByte() {
    byte[] whole = bitmap(16, 16, pixels(16, 16));
    for (int length = 1; length < whole.length; length++) {
      BmpReader reader = reader(Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> reader.read(shot)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void refusesSizesThatNoFrameHas() {
    for (int[] size : new int[][] {{8, 16}, {16, 8}, {5000, 16}, {16, -16}, {-1, 1 << 30}}) {
      byte[] header = bitmap(16, 16, new byte[16 * 16 * 3]);
      ByteBuffer.wrap(header)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(18, size[0])
          .putInt(22, size[1]);
      assertThatThrownBy(() -> reader(header).read(shot))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(size[0] + "x" + size[1]);
    }
  }

  @Test
  void refusesGarbage() {
    byte[] garbage = new byte[4096];
    new Random(1).nextBytes(garbage);
    assertThatThrownBy(() -> reader(garbage).read(shot))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("24-bit bitmap");
  }

  private static BmpReader reader(byte[] bytes) {
    return new BmpReader(new ByteArrayInputStream(bytes));
  }

  private static byte[] pixels(int width, int height) {
    byte[] pixels = new byte[width * height * 3];
    new Random(width).nextBytes(pixels);
    return pixels;
  }

  private static byte[] bitmap(int width, int height, byte[] bgr) {
    int row = width * 3;
    int padded = (row + 3) / 4 * 4;
    ByteBuffer out = ByteBuffer.allocate(54 + padded * height).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'B').put((byte) 'M').putInt(54 + padded * height).putInt(0).putInt(54);
    out.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) 24);
    for (int y = height - 1; y >= 0; y--) {
      out.position(54 + (height - 1 - y) * padded).put(bgr, y * row, row);
    }
    return out.array();
  }
}
