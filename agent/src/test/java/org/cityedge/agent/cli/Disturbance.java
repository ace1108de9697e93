package org.cityedge.agent.cli;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.cityedge.video.Frame;

/** What another camera, another place or another hour would make of a picture. */
@FunctionalInterface
interface Disturbance {
  /**
   * @param seconds since the clip's beginning
   * @return a picture of its own, or the same one
   */
  Frame of(Frame frame, double seconds);

  /** As it is. */
  static Disturbance none() {
    return (frame, seconds) -> frame;
  }

  static Disturbance mirrored() {
    return (frame, seconds) ->
        moved(frame, frame.width(), frame.height(), (x, y) -> at(frame, frame.width() - 1 - x, y));
  }

  /** A tone curve, from grey level to grey level; what comes out is clamped to 0..255. */
  static Disturbance toned(DoubleUnaryOperator curve) {
    byte[] table = new byte[256];
    for (int i = 0; i < table.length; i++) {
      table[i] = clamped(curve.applyAsDouble(i));
    }
    return (frame, seconds) -> {
      byte[] bgr = new byte[frame.bgr().length];
      for (int i = 0; i < bgr.length; i++) {
        bgr[i] = table[frame.bgr()[i] & 0xff];
      }
      return like(frame, frame.width(), frame.height(), bgr);
    };
  }

  /** Without colour, as at night under infrared light. */
  static Disturbance grey() {
    return (frame, seconds) -> {
      byte[] bgr = new byte[frame.bgr().length];
      for (int i = 0; i < bgr.length; i += 3) {
        int sum = 0;
        for (int channel = 0; channel < 3; channel++) {
          sum += frame.bgr()[i + channel] & 0xff;
        }
        bgr[i] = bgr[i + 1] = bgr[i + 2] = (byte) (sum / 3);
      }
      return like(frame, frame.width(), frame.height(), bgr);
    };
  }

  /** A sensor's noise in every colour of every pixel: normal, so many grey levels. */
  static Disturbance noisy(double deviation) {
    Random random = new Random(1);
    double[] noise = random.doubles(1 << 20).toArray();
    for (int i = 0; i < noise.length; i++) {
      noise[i] = deviation * random.nextGaussian();
    }
    return (frame, seconds) -> {
      byte[] bgr = new byte[frame.bgr().length];
      int from = new Random(frame.nanos()).nextInt(noise.length);
      for (int i = 0; i < bgr.length; i++) {
        bgr[i] = clamped((frame.bgr()[i] & 0xff) + noise[(from + i) & (noise.length - 1)]);
      }
      return like(frame, frame.width(), frame.height(), bgr);
    };
  }

  /** A camera of half the width and height. */
  static Disturbance halved() {
    return (frame, seconds) -> {
      int width = frame.width() / 2;
      int height = frame.height() / 2;
      byte[] bgr = new byte[width * height * 3];
      for (int i = 0; i < bgr.length; i++) {
        int from = at(frame, i / 3 % width * 2, i / 3 / width * 2) + i % 3;
        int below = from + frame.width() * 3;
        int sum = frame.bgr()[from] & 0xff;
        sum += frame.bgr()[from + 3] & 0xff;
        sum += frame.bgr()[below] & 0xff;
        sum += frame.bgr()[below + 3] & 0xff;
        bgr[i] = (byte) (sum / 4);
      }
      return like(frame, width, height, bgr);
    };
  }

  /** The middle of the picture alone. */
  static Disturbance cropped(double share) {
    return (frame, seconds) -> window(frame, share, 0, 0);
  }

  /**
   * A pole in gusty wind: two swings each way, 0.43 and 1.1 a second, up to 1.2 % of the width;
   * what moves out of sight is cut off.
   */
  static Disturbance shaken() {
    return (frame, seconds) -> {
      double right = 0.7 * Math.sin(2.7 * seconds) + 0.5 * Math.sin(6.9 * seconds + 1);
      double down = 0.7 * Math.sin(2.3 * seconds + 2) + 0.5 * Math.sin(7.3 * seconds);
      return window(frame, 0.95, 0.012 * right, 0.012 * down);
    };
  }

  /**
   * Each colour's gain goes from 1 to another within a second: exposure, or the white balance.
   *
   * @param begin in seconds
   */
  static Disturbance gained(double begin, double blue, double green, double red) {
    double[] gain = {blue, green, red};
    return (frame, seconds) -> {
      double share = Math.clamp(seconds - begin, 0, 1);
      byte[] bgr = new byte[frame.bgr().length];
      for (int i = 0; i < bgr.length; i++) {
        bgr[i] = clamped((frame.bgr()[i] & 0xff) * (1 + share * (gain[i % 3] - 1)));
      }
      return like(frame, frame.width(), frame.height(), bgr);
    };
  }

  /** Where a pixel's blue lies in the picture that it is taken from. */
  @FunctionalInterface
  interface Origin {
    int of(int x, int y);
  }

  private static Frame window(Frame frame, double share, double right, double down) {
    int width = (int) (share * frame.width());
    int height = (int) (share * frame.height());
    int left = (int) Math.round((frame.width() - width) / 2.0 + right * frame.width());
    int top = (int) Math.round((frame.height() - height) / 2.0 + down * frame.width());
    int x0 = Math.clamp(left, 0, frame.width() - width);
    int y0 = Math.clamp(top, 0, frame.height() - height);
    return moved(frame, width, height, (x, y) -> at(frame, x0 + x, y0 + y));
  }

  private static Frame moved(Frame frame, int width, int height, Origin origin) {
    byte[] bgr = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        System.arraycopy(frame.bgr(), origin.of(x, y), bgr, (y * width + x) * 3, 3);
      }
    }
    return like(frame, width, height, bgr);
  }

  private static int at(Frame frame, int x, int y) {
    return (y * frame.width() + x) * 3;
  }

  private static Frame like(Frame frame, int width, int height, byte[] bgr) {
    return new Frame(width, height, bgr, frame.nanos(), frame.at());
  }

  private static byte clamped(double grey) {
    return (byte) Math.clamp(Math.round(grey), 0, 255);
  }
}
