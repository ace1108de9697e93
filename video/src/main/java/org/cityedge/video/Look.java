package org.cityedge.video;

import java.util.zip.CRC32C;

/**
 * What camera health needs to know of one picture.
 *
 * @param checksum CRC-32C of all pixels; a sensor's noise makes it differ from picture to picture
 * @param bright fraction of sampled pixels whose green is above 40 of 255, 0..1
 */
public record Look(long checksum, double bright) {
  private static final int BRIGHT = 40;
  private static final int STRIDE = 61 * 3;

  public static Look at(byte[] bgr) {
    CRC32C crc = new CRC32C();
    crc.update(bgr);
    int bright = 0;
    int sampled = 0;
    for (int i = 1; i < bgr.length; i += STRIDE) {
      sampled++;
      if ((bgr[i] & 0xff) > BRIGHT) {
        bright++;
      }
    }
    return new Look(crc.getValue(), (double) bright / sampled);
  }
}
