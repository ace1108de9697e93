package org.cityedge.video;

import java.time.Instant;
import java.util.Arrays;
import java.util.Random;

/**
 * A drawn scene: a textured ground, and what the test puts on it. Grey levels 0..255; everything is
 * seeded, so the same calls draw the same pictures.
 */
public final class Scene {
  public final int width;
  public final int height;
  private final float[] ground;
  private final float[] picture;
  private final Noise noise = new Noise();
  private final byte[] bgr;

  /** A ground like a facade or a meadow: fine texture over larger patches, around 110. */
  public static Scene textured(int width, int height) {
    Scene scene = new Scene(width, height);
    Random random = new Random(42);
    float[] fine = new float[width * height];
    for (int i = 0; i < fine.length; i++) {
      fine[i] = (float) random.nextGaussian() * 40;
    }
    blur(fine, width, height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int patch = (x / 23 * 7 + y / 17 * 13) % 5;
        scene.ground[y * width + x] = 90 + 10 * patch + fine[y * width + x];
      }
    }
    return scene;
  }

  /** A ground like a square: bright, hardly any texture. */
  public static Scene plain(int width, int height) {
    Scene scene = new Scene(width, height);
    Arrays.fill(scene.ground, 170);
    return scene;
  }

  private Scene(int width, int height) {
    this.width = width;
    this.height = height;
    ground = new float[width * height];
    picture = new float[width * height];
    bgr = new byte[width * height * 3];
  }

  private static void blur(float[] field, int width, int height) {
    float[] from = field.clone();
    for (int y = 1; y < height - 1; y++) {
      for (int x = 1; x < width - 1; x++) {
        float sum = 0;
        for (int dy = -1; dy <= 1; dy++) {
          for (int dx = -1; dx <= 1; dx++) {
            sum += from[(y + dy) * width + x + dx];
          }
        }
        field[y * width + x] = sum / 9;
      }
    }
  }

  /** Begins the next picture with the empty ground. */
  public Scene clear() {
    System.arraycopy(ground, 0, picture, 0, ground.length);
    return this;
  }

  /** Exposure, dusk: every grey level times the gain. */
  public Scene light(double gain) {
    for (int i = 0; i < picture.length; i++) {
      picture[i] *= (float) gain;
    }
    return this;
  }

  /** Fog before everything. */
  public Scene fog(double opacity, double grey) {
    for (int i = 0; i < picture.length; i++) {
      picture[i] += (float) (opacity * (grey - picture[i]));
    }
    return this;
  }

  /** A soft-edged shadow band around a column. */
  public Scene shadow(double column, double halfWidth, double gain) {
    for (int i = 0; i < picture.length; i++) {
      double outside = Math.abs(i % width - column) - halfWidth;
      picture[i] *= (float) (1 - (1 - gain) / (1 + Math.exp(outside / 8)));
    }
    return this;
  }

  /** An opaque upright box: a lorry, a lamp. */
  public Scene box(double left, double top, double boxWidth, double boxHeight, double grey) {
    for (int y = (int) Math.max(0, top); y < Math.min(height, top + boxHeight); y++) {
      for (int x = (int) Math.max(0, left); x < Math.min(width, left + boxWidth); x++) {
        picture[y * width + x] = (float) grey;
      }
    }
    return this;
  }

  /** A person: head and body, 0.4 as wide as tall, feet at {@code (x, feet)}. */
  public Scene person(double x, double feet, double tall, double grey) {
    ellipse(x, feet - 0.43 * tall, 0.2 * tall, 0.43 * tall, grey);
    return ellipse(x, feet - 0.92 * tall, 0.09 * tall, 0.1 * tall, grey);
  }

  private Scene ellipse(double cx, double cy, double rx, double ry, double grey) {
    for (int y = (int) Math.max(0, cy - ry); y <= Math.min(height - 1, cy + ry); y++) {
      for (int x = (int) Math.max(0, cx - rx); x <= Math.min(width - 1, cx + rx); x++) {
        double dx = (x - cx) / rx;
        double dy = (y - cy) / ry;
        if (dx * dx + dy * dy <= 1) {
          picture[y * width + x] = (float) grey;
        }
      }
    }
    return this;
  }

  /** Part of the ground moved aside by some pixels: branches in wind. */
  public Scene sway(int left, int top, int right, int bottom, double pixels) {
    int shift = (int) Math.round(pixels);
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        int from = Math.clamp(x + shift, 0, width - 1);
        picture[y * width + x] = ground[y * width + from];
      }
    }
    return this;
  }

  /** The whole picture aside by whole pixels, as from a pole that sways; its rim repeats. */
  public Scene shaken(double right, double down) {
    float[] before = picture.clone();
    int dx = (int) Math.round(right);
    int dy = (int) Math.round(down);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = Math.clamp(y - dy, 0, height - 1) * width + Math.clamp(x - dx, 0, width - 1);
        picture[y * width + x] = before[from];
      }
    }
    return this;
  }

  /** Light with a halo around it, added to what is there: a headlight in damp air. */
  public Scene glare(double cx, double cy, double radius, double grey) {
    for (int i = 0; i < picture.length; i++) {
      int x = i % width;
      int y = i / width;
      double dx = (x - cx) / radius;
      double dy = (y - cy) / radius;
      picture[i] += (float) (grey * Math.exp(-dx * dx - dy * dy));
    }
    return this;
  }

  /**
   * Smoke that rises from a base: a new puff every 0.4 s, some thicker than others, each with its
   * own speed (6..12 % of the height a second) and drift; they grow and thin out.
   *
   * @param age seconds since the onset
   */
  public Scene plume(double baseX, double baseY, double age, double opacity, double grey) {
    for (int k = 0; 0.4 * k < age; k++) {
      double old = age - 0.4 * k;
      if (old < 8) {
        Random gust = new Random(k);
        double x = baseX + (0.02 * old + 0.05 * (gust.nextDouble() - 0.5) * old) * width;
        double y = baseY - old * (0.06 + 0.06 * gust.nextDouble()) * height;
        double thick = opacity * (0.3 + gust.nextDouble()) * Math.exp(-old / 6);
        puff(x, y, (0.02 + 0.01 * old) * width, Math.min(0.9, thick), grey);
      }
    }
    return this;
  }

  private void puff(double cx, double cy, double radius, double opacity, double grey) {
    int reach = (int) (2 * radius);
    for (int y = (int) Math.max(0, cy - reach); y < Math.min(height, cy + reach); y++) {
      for (int x = (int) Math.max(0, cx - reach); x < Math.min(width, cx + reach); x++) {
        double distance = ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / (radius * radius);
        double alpha = opacity * Math.exp(-2 * distance);
        picture[y * width + x] += (float) (alpha * (grey - picture[y * width + x]));
      }
    }
  }

  /** The picture as a camera with a little noise sees it; its pixels are valid until the next. */
  public Frame frame(double seconds) {
    noise.jump();
    for (int i = 0; i < picture.length; i++) {
      float grey = picture[i] + noise.next();
      byte value = (byte) Math.clamp(Math.round(grey), 0, 255);
      bgr[3 * i] = value;
      bgr[3 * i + 1] = value;
      bgr[3 * i + 2] = value;
    }
    long nanos = Math.round(seconds * 1e9);
    return new Frame(width, height, bgr, nanos, Instant.EPOCH.plusNanos(nanos));
  }
}
