package org.cityedge.video;

import java.time.Instant;
import java.util.Random;

/**
 * A drawn river in light wind, from a quay 5 m above it: deep-water waves (ω² = g·k) that mirror
 * the sky after Schlick (1994), a wooded bank, an overcast sky. Seeded, so the same calls draw the
 * same pictures.
 */
public final class River {
  private static final int WAVES = 40;
  private static final double GRAVITY = 9.81;

  /** Metres above the water, and the focal length in picture heights. */
  private static final double EYE = 5;

  private static final double FOCAL = 1.2;

  /** Of the picture's height: where the water ends, and the bank above it. */
  private static final double HORIZON = 0.17;

  private static final double BANK = 0.1;

  /** Root of the mean square slope of the water: Cox and Munk (1954) at 3 m/s. */
  private static final double STEEPNESS = 0.14;

  /** Blue, green, red. */
  private static final double[] WATER = {62, 70, 48};

  private static final double[] SKY = {1, 0.97, 0.92};
  private static final double[] WOOD = {0.8, 0.95, 0.7};
  private static final double[] SKIN = {130, 160, 215};
  private static final double[][] COATS = {
    {40, 35, 170}, {60, 180, 210}, {170, 70, 45}, {35, 32, 30}, {190, 150, 200}
  };

  private final int width;
  private final int height;
  private final double[] across = new double[WAVES];
  private final double[] away = new double[WAVES];
  private final double[] start = new double[WAVES];
  private final double[] wood;
  private final Noise noise = new Noise();
  private final byte[] bgr;

  public River(int width, int height) {
    this.width = width;
    this.height = height;
    bgr = new byte[3 * width * height];
    Random random = new Random(11);
    for (int i = 0; i < WAVES; i++) {
      double number = 2 * Math.PI / (0.3 * Math.pow(14, random.nextDouble()));
      double direction = random.nextGaussian();
      across[i] = number * Math.cos(direction);
      away[i] = number * Math.sin(direction);
      start[i] = 2 * Math.PI * random.nextDouble();
    }
    wood = new double[width * height / 36 + width];
    for (int i = 0; i < wood.length; i++) {
      wood[i] = 90 + 70 * random.nextDouble();
    }
  }

  /** The picture as a camera with a little noise sees it; its pixels are valid until the next. */
  public Frame frame(double seconds) {
    return frame(seconds, 0);
  }

  /** The same with people who walk on the quay, in coats of several colours. */
  public Frame frame(double seconds, int people) {
    noise.jump();
    int horizon = (int) (HORIZON * height);
    for (int y = 0; y < height; y++) {
      if (y > horizon) {
        water(y, EYE * FOCAL * height / (y - horizon), seconds);
      } else {
        land(y, y > horizon - BANK * height);
      }
    }
    for (int k = 0; k < people; k++) {
      double feet = height * (0.6 + 0.09 * (k % 5));
      double tall = 0.1 * height + 0.1 * feet;
      double x = (k * 0.37 * width + (0.4 + 0.1 * (k % 4)) * tall * seconds) % width;
      oval(x, feet - 0.43 * tall, 0.2 * tall, 0.43 * tall, COATS[k % COATS.length]);
      oval(x, feet - 0.92 * tall, 0.09 * tall, 0.1 * tall, SKIN);
    }
    long nanos = Math.round(seconds * 1e9);
    return new Frame(width, height, bgr, nanos, Instant.EPOCH.plusNanos(nanos));
  }

  private void land(int y, boolean wooded) {
    for (int x = 0; x < width; x++) {
      double light = wooded ? wood[y / 6 * (width / 6) + x / 6] : 215;
      for (int colour = 0; colour < 3; colour++) {
        put(y, x, colour, wooded ? light * WOOD[colour] : light);
      }
    }
  }

  /** One row, which lies so many metres away. */
  private void water(int y, double distance, double seconds) {
    double metres = distance / (FOCAL * height);
    double[] sideways = new double[width];
    double[] forward = new double[width];
    double slope = STEEPNESS * Math.min(1, 60 / distance) * Math.sqrt(2.0 / WAVES);
    for (int i = 0; i < WAVES; i++) {
      double number = Math.hypot(across[i], away[i]);
      double phase =
          start[i]
              + away[i] * distance
              - across[i] * metres * width / 2
              - Math.sqrt(GRAVITY * number) * seconds;
      for (int x = 0; x < width; x++) {
        double height = slope * Math.cos(phase + across[i] * metres * x);
        sideways[x] += height * across[i] / number;
        forward[x] += height * away[i] / number;
      }
    }
    double down = Math.atan2(EYE, distance);
    for (int x = 0; x < width; x++) {
      double facing = Math.clamp(Math.sin(down) + forward[x] * Math.cos(down), 0.02, 1);
      double mirrored = 0.02 + 0.98 * Math.pow(1 - facing, 5);
      double up = Math.clamp(down + 2 * forward[x], 0, 1.5);
      double sky = 150 + 80 * Math.exp(-3 * up) + 30 * sideways[x];
      for (int colour = 0; colour < 3; colour++) {
        put(y, x, colour, mirrored * sky * SKY[colour] + (1 - mirrored) * WATER[colour]);
      }
    }
  }

  private void oval(double cx, double cy, double rx, double ry, double[] light) {
    for (int y = (int) Math.max(0, cy - ry); y <= Math.min(height - 1, cy + ry); y++) {
      for (int x = (int) Math.max(0, cx - rx); x <= Math.min(width - 1, cx + rx); x++) {
        if (Math.hypot((x - cx) / rx, (y - cy) / ry) <= 1) {
          for (int colour = 0; colour < 3; colour++) {
            put(y, x, colour, light[colour]);
          }
        }
      }
    }
  }

  private void put(int y, int x, int colour, double level) {
    double seen = level + noise.next();
    bgr[3 * (y * width + x) + colour] = (byte) Math.clamp(Math.round(seen), 0, 255);
  }
}
