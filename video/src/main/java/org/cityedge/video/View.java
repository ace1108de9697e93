package org.cityedge.video;

import static org.bytedeco.opencv.global.opencv_core.CV_32FC1;
import static org.bytedeco.opencv.global.opencv_imgproc.createHanningWindow;
import static org.bytedeco.opencv.global.opencv_imgproc.phaseCorrelate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point2d;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.privacy.PrivacyMask;
import org.jspecify.annotations.Nullable;

/**
 * What a camera usually shows: the outlines of its view, learned slowly, and how a picture differs
 * from them. Outlines, because light comes and goes while walls and kerbs stay; relative to the
 * brightness, because dusk dims them too. A look takes about 2 ms on x86-64 and is taken at most
 * once a second. Confined to the camera's thread; owns 0.3 MB of native memory until closed.
 *
 * <p>With privacy zones the view stays the one that was learned first, by day and in infrared light
 * each, since what the zones are to hide lies elsewhere in another one: no picture of another size
 * or light, and none without outlines or in the dark, makes it learn anew; outlines lie where they
 * did, as the zones do, also in a squeezed picture. Not noticed is what creeps (within minutes it
 * is followed), what is displaced by less than about a fiftieth of the width, what happens within
 * the half minute in which a light is learned, and what happened before the process began.
 */
final class View implements AutoCloseable {
  private static final int WIDTH = 160;
  private static final int HEIGHT = 90;
  private static final int ACROSS = 10;
  private static final int DOWN = 6;
  private static final int CELL_WIDTH = WIDTH / ACROSS;
  private static final int CELL_HEIGHT = HEIGHT / DOWN;

  private static final long STEP_NANOS = Duration.ofMillis(950).toNanos();

  /** The first half learns the outlines, the second which of them stay. */
  private static final int LOOKS_TO_LEARN = 30;

  /** How fast the view follows what it sees while nothing is wrong. */
  private static final double SETTLE_SECONDS = 300;

  private static final int WHITE = 250;

  /** Grey levels between neighbours that noise and compression make. */
  private static final float NOISE = 2;

  /**
   * Mean outline of a cell, in per cent of the brightness, above which the cell can be compared.
   */
  private static final double OUTLINED = 1.5;

  private static final int LEAST_CELLS = 6;
  private static final double DIMMED = 0.45;
  private static final double LIKE = 0.25;

  /** Where outlines usually look less like themselves, people or leaves make them: not compared. */
  private static final double STEADY = 0.5;

  /** Colour, in grey levels between the channels: below it is infrared, above it is day. */
  private static final double GREY = 2.5;

  private static final double COLOURED = 5;

  /** The peak of the phase correlation, 0..1, above which a displacement is believed. */
  private static final double PEAK = 0.12;

  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long EVEN = 0x00ff_00ff_00ff_00ffL;

  /** The outlines in one light, and which of them stay. */
  private static final class Outlines {
    private final float[] usual = new float[WIDTH * HEIGHT];
    private final double[] steadiness = new double[ACROSS * DOWN];
    private int learned;
  }

  private final List<Zone> privacy;
  private final boolean keeps;
  private final Size size;
  private final Mat before;
  private final Mat after;
  private final Mat window;
  private final float[] grey = new float[WIDTH * HEIGHT];
  private final float[] now = new float[WIDTH * HEIGHT];

  /** Of a row of blocks, per column of pixels and colour: the sum. */
  private int[] columns = new int[0];

  /** Of the last look, against the view that it was held against. */
  private final Cell[] cells = new Cell[ACROSS * DOWN];

  private final Outlines day = new Outlines();
  private final Outlines infrared = new Outlines();
  private Outlines view = infrared;
  private boolean @Nullable [] visible;
  private int width;
  private int height;
  private boolean coloured;
  private boolean any;
  private long lastNanos;
  private double brightness;
  private double glare;
  private double colour;

  View(List<Zone> privacy) {
    Natives.load();
    this.privacy = List.copyOf(privacy);
    keeps = !privacy.isEmpty();
    size = new Size(WIDTH, HEIGHT);
    before = new Mat(HEIGHT, WIDTH, CV_32FC1);
    after = new Mat(HEIGHT, WIDTH, CV_32FC1);
    window = new Mat();
    createHanningWindow(window, size, CV_32FC1);
  }

  /** A picture of another size, or one that is accepted as the view from now on. */
  void forget() {
    view.learned = 0;
  }

  /**
   * Measures a picture.
   *
   * @param well whether it may be learned
   * @return null when the one before is less than a second ago
   */
  @Nullable Sight look(Frame frame, boolean well) {
    double seconds = any ? (frame.nanos() - lastNanos) / 1e9 : 1;
    boolean resized = frame.width() != width || frame.height() != height;
    if (any && !resized && frame.nanos() - lastNanos < STEP_NANOS) {
      return null;
    }
    any = true;
    lastNanos = frame.nanos();
    width = frame.width();
    height = frame.height();
    if (resized && !keeps) {
      forget();
    }
    reduce(frame);
    outline();
    boolean isColoured = coloured ? colour > GREY : colour > COLOURED;
    if (isColoured != coloured) {
      // Day and infrared light draw different outlines of the same things.
      coloured = isColoured;
      view = coloured ? day : infrared;
      if (!keeps) {
        forget();
      }
    }
    for (int cell = 0; cell < cells.length; cell++) {
      cells[cell] = cell(cell);
    }
    boolean known = view.learned >= LOOKS_TO_LEARN;
    // Fog or a cover: learned as the view, nobody could tell when it is gone.
    boolean learns =
        keeps
            ? well && brightness >= ViewWatch.NIGHT && isOutlined()
            : well || (!known && isOutlined());
    if (known) {
      Sight sight = compare();
      if (learns) {
        double share = -Math.expm1(-seconds / SETTLE_SECONDS);
        steady(share);
        follow(share);
      }
      return sight;
    }
    if (learns) {
      begin();
    }
    return Sight.unknown(brightness, glare);
  }

  private void begin() {
    view.learned++;
    int half = LOOKS_TO_LEARN / 2;
    if (view.learned > half) {
      steady(1.0 / (view.learned - half));
    }
    follow(1.0 / Math.min(view.learned, half));
  }

  private void follow(double share) {
    float[] usual = view.usual;
    for (int i = 0; i < usual.length; i++) {
      usual[i] += (float) (share * (now[i] - usual[i]));
    }
  }

  private void steady(double share) {
    double[] steadiness = view.steadiness;
    for (int cell = 0; cell < steadiness.length; cell++) {
      steadiness[cell] += share * (cells[cell].likeness - steadiness[cell]);
    }
  }

  /** Averages blocks of pixels, so that noise does not count as an outline. */
  private void reduce(Frame frame) {
    byte[] bgr = frame.bgr();
    if (columns.length != width * 3) {
      columns = new int[width * 3];
    }
    double light = 0;
    double colours = 0;
    int white = 0;
    for (int y = 0; y < HEIGHT; y++) {
      int top = y * height / HEIGHT;
      int bottom = Math.max(top + 1, (y + 1) * height / HEIGHT);
      addUp(bgr, top, bottom);
      for (int x = 0; x < WIDTH; x++) {
        int left = x * width / WIDTH;
        int right = Math.max(left + 1, (x + 1) * width / WIDTH);
        int blue = 0;
        int green = 0;
        int red = 0;
        for (int i = 3 * left; i < 3 * right; i += 3) {
          blue += columns[i];
          green += columns[i + 1];
          red += columns[i + 2];
        }
        float pixels = (bottom - top) * (right - left);
        float level = (0.114f * blue + 0.587f * green + 0.299f * red) / pixels;
        grey[y * WIDTH + x] = level;
        light += level;
        colours +=
            (Math.max(blue, Math.max(green, red)) - Math.min(blue, Math.min(green, red))) / pixels;
        white += level >= WHITE ? 1 : 0;
      }
    }
    brightness = light / grey.length;
    colour = colours / grey.length;
    glare = (double) white / grey.length;
  }

  /**
   * Adds up each byte of some rows with those below it, eight at a time: the even ones and the odd
   * ones in four times 16 bits each, which hold 257 rows. A picture's height makes for 46 at most.
   */
  private void addUp(byte[] bgr, int top, int bottom) {
    int row = columns.length;
    for (int i = 0; i < row; i += Long.BYTES) {
      // The last eight may be some of those before as well.
      int first = Math.min(i, row - Long.BYTES);
      long even = 0;
      long odd = 0;
      for (int at = top * row + first; at < bottom * row; at += row) {
        long eight = (long) EIGHT.get(bgr, at);
        even += eight & EVEN;
        odd += eight >>> Byte.SIZE & EVEN;
      }
      for (int k = first; k < first + Long.BYTES; k += 2) {
        columns[k] = (int) even & 0xffff;
        columns[k + 1] = (int) odd & 0xffff;
        even >>>= Short.SIZE;
        odd >>>= Short.SIZE;
      }
    }
  }

  /** Differences to the right and lower neighbour, in per cent of the brightness. */
  private void outline() {
    boolean[] seen = visible();
    float scale = (float) (100 / Math.max(30, brightness));
    Arrays.fill(now, 0);
    for (int y = 0; y + 1 < HEIGHT; y++) {
      for (int x = 0; x + 1 < WIDTH; x++) {
        int i = y * WIDTH + x;
        if (seen[i] && seen[i + 1] && seen[i + WIDTH]) {
          float step = Math.abs(grey[i + 1] - grey[i]) + Math.abs(grey[i + WIDTH] - grey[i]);
          now[i] = scale * Math.max(0, step - NOISE);
        }
      }
    }
  }

  /** Privacy zones are black at all times; their outline says nothing. */
  private boolean[] visible() {
    boolean[] known = visible;
    if (known == null) {
      byte[] white = new byte[WIDTH * HEIGHT * 3];
      Arrays.fill(white, (byte) 1);
      new PrivacyMask(privacy).cover(white, WIDTH, HEIGHT);
      known = new boolean[WIDTH * HEIGHT];
      for (int i = 0; i < known.length; i++) {
        known[i] = white[3 * i] == 1;
      }
      visible = known;
    }
    return known;
  }

  private boolean isOutlined() {
    int outlined = 0;
    for (Cell cell : cells) {
      outlined += cell.now >= OUTLINED ? 1 : 0;
    }
    return outlined >= LEAST_CELLS;
  }

  private Sight compare() {
    int compared = 0;
    int dimmed = 0;
    int changed = 0;
    double outlines = 0;
    double usually = 0;
    for (int cell = 0; cell < cells.length; cell++) {
      Cell found = cells[cell];
      if (found.usual >= OUTLINED && view.steadiness[cell] >= STEADY) {
        compared++;
        outlines += found.now;
        usually += found.usual;
        dimmed += found.now < DIMMED * found.usual ? 1 : 0;
        changed += found.likeness < LIKE ? 1 : 0;
      }
    }
    if (compared < LEAST_CELLS) {
      return Sight.unknown(brightness, glare);
    }
    double share = (double) changed / compared;
    return new Sight(
        brightness,
        glare,
        true,
        outlines / usually,
        (double) dimmed / compared,
        share,
        share >= 0.4 ? shift() : 0);
  }

  /** The mean outline of a cell now and usually, and the correlation of the two. */
  private record Cell(double now, double usual, double likeness) {}

  private Cell cell(int number) {
    float[] usual = view.usual;
    int left = number % ACROSS * CELL_WIDTH;
    int top = number / ACROSS * CELL_HEIGHT;
    double n = CELL_WIDTH * CELL_HEIGHT;
    double sumNow = 0;
    double sumUsual = 0;
    double nowNow = 0;
    double usualUsual = 0;
    double both = 0;
    for (int y = top; y < top + CELL_HEIGHT; y++) {
      for (int i = y * WIDTH + left; i < y * WIDTH + left + CELL_WIDTH; i++) {
        sumNow += now[i];
        sumUsual += usual[i];
        nowNow += now[i] * now[i];
        usualUsual += usual[i] * usual[i];
        both += now[i] * usual[i];
      }
    }
    double variance = (nowNow - sumNow * sumNow / n) * (usualUsual - sumUsual * sumUsual / n);
    double likeness = variance <= 0 ? 0 : (both - sumNow * sumUsual / n) / Math.sqrt(variance);
    return new Cell(sumNow / n, sumUsual / n, likeness);
  }

  private double shift() {
    try (PointerScope _ = new PointerScope()) {
      new FloatPointer(before.data()).put(view.usual);
      new FloatPointer(after.data()).put(now);
      DoublePointer peak = new DoublePointer(1);
      Point2d moved = phaseCorrelate(before, after, window, peak);
      return peak.get() < PEAK ? 0 : Math.hypot(moved.x(), moved.y()) / WIDTH;
    }
  }

  @Override
  public void close() {
    size.close();
    before.close();
    after.close();
    window.close();
  }
}
