package org.cityedge.drivers.coap;

import java.util.SplittableRandom;

/** Packets that no well-meaning peer sends. */
final class Packets {
  private Packets() {}

  /**
   * Random ones, half of which begin like CoAP (RFC 7252 §3) and a quarter like a DTLS record, so
   * that they get beyond the first byte.
   */
  static byte[][] random(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[][] packets = new byte[count][];
    for (int i = 0; i < count; i++) {
      byte[] packet = new byte[random.nextInt(1, 120)];
      random.nextBytes(packet);
      int kind = random.nextInt(4);
      if (kind < 2) {
        packet[0] = (byte) (0x40 | random.nextInt(0x40));
        if (packet.length > 1) {
          packet[1] = (byte) (random.nextBoolean() ? 0x02 : random.nextInt(256));
        }
      } else if (kind == 2 && packet.length > 13) {
        packet[0] = (byte) random.nextInt(20, 26);
        packet[1] = (byte) 0xfe;
        packet[2] = (byte) 0xfd;
        packet[3] = 0;
        packet[4] = (byte) random.nextInt(2);
        packet[5] = 0;
        packet[11] = 0;
        packet[12] = (byte) (packet.length - 13);
      }
      packets[i] = packet;
    }
    return packets;
  }
}
