package org.cityedge.video.source;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads bitmaps that follow one another in a stream: a 14-byte file header, a 40-byte {@code
 * BITMAPINFOHEADER} (little endian), then rows of blue, green, red from the bottom up, each padded
 * to four bytes. Only 24 bits without compression, which is what {@code ffmpeg -pix_fmt bgr24 -c:v
 * bmp} writes; it costs no conversion, and a changed size needs no agreement. Confined to one
 * thread.
 */
final class BmpReader {
  /** The stream carries something else, and is of no more use. */
  static final class NotABitmap extends IOException {
    NotABitmap(String message) {
      super(message);
    }
  }

  private static final int HEADER = 54;
  private static final int MIN_SIDE = 16;
  private static final int MAX_SIDE = 4096;

  /** About what a pipe holds: rows come so many bytes at a time, not one by one. */
  private static final int CHUNK = 64 * 1024;

  private final DataInputStream in;
  private final byte[] header = new byte[HEADER];
  private byte[] rows = new byte[0];

  BmpReader(InputStream in) {
    this.in = new DataInputStream(in);
  }

  /**
   * Reads the next picture.
   *
   * @return false at the end of the stream between two pictures
   * @throws EOFException when the stream ends inside a picture
   * @throws NotABitmap when this is no such bitmap, or none of 16..4096 pixels a side
   * @throws IOException when the stream fails
   */
  boolean read(Shot shot) throws IOException {
    int first = in.read();
    if (first < 0) {
      return false;
    }
    header[0] = (byte) first;
    in.readFully(header, 1, HEADER - 1);
    ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int width = fields.getInt(18);
    int height = fields.getInt(22);
    if (header[0] != 'B'
        || header[1] != 'M'
        || fields.getInt(10) != HEADER
        || fields.getShort(28) != 24
        || fields.getInt(30) != 0) {
      throw new NotABitmap("the decoder sent something else than a 24-bit bitmap");
    }
    if (width < MIN_SIDE || width > MAX_SIDE || height < MIN_SIDE || height > MAX_SIDE) {
      throw new NotABitmap("the decoder sent a picture of " + width + "x" + height + " pixels");
    }
    shot.resize(width, height);
    readRows(shot.bgr, width * 3, height);
    return true;
  }

  private void readRows(byte[] bgr, int row, int height) throws IOException {
    int padded = (row + 3) / 4 * 4;
    int most = Math.max(1, CHUNK / padded);
    if (rows.length != most * padded) {
      rows = new byte[most * padded];
    }
    int left = height;
    while (left > 0) {
      int count = Math.min(most, left);
      in.readFully(rows, 0, count * padded);
      for (int i = 0; i < count; i++) {
        left--;
        System.arraycopy(rows, i * padded, bgr, left * row, row);
      }
    }
  }
}
