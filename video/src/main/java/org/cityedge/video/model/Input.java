package org.cityedge.video.model;

import java.util.Arrays;

/** A picture as a network wants it: planes of numbers, one for each channel. */
final class Input {
  private Input() {}

  /**
   * The three planes, in the order of the card's channels, with the picture in its place and the
   * card's grey around it.
   *
   * @param bgr the picture, already of the placement's size
   */
  static float[] values(ModelCard card, byte[] bgr, Placement placement) {
    int size = card.size();
    float[] values = new float[3 * size * size];
    for (int channel = 0; channel < 3; channel++) {
      float[] of = new float[256];
      for (int p = 0; p < of.length; p++) {
        of[p] = (float) ((p * card.scale() - card.mean().get(channel)) / card.std().get(channel));
      }
      int plane = channel * size * size;
      Arrays.fill(values, plane, plane + size * size, of[card.pad()]);
      int from = card.channels() == ModelCard.Channels.BGR ? channel : 2 - channel;
      for (int y = 0; y < placement.height(); y++) {
        int to = plane + (placement.top() + y) * size + placement.left();
        for (int x = 0; x < placement.width(); x++, from += 3) {
          values[to + x] = of[bgr[from] & 0xff];
        }
      }
    }
    return values;
  }
}
