package org.cityedge.video.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_dnn;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Size;
import org.bytedeco.opencv.opencv_core.StringVector;
import org.bytedeco.opencv.opencv_dnn.Net;
import org.cityedge.config.Sha256;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Observation.Region;

/**
 * A network that is loaded and has answered once. Runs on one core, in the calling thread; one
 * thread at a time. Owns native memory until {@link #close}, the same amount after every frame.
 */
final class Model implements AutoCloseable {
  /** A network of 30 MB takes more than a second a frame on a gateway. */
  private static final long LARGEST = 32L << 20;

  /** The smallest picture there is. */
  private static final int LEAST_PIXELS = 16;

  static final Region WHOLE = new Region(0, 0, 1, 1);

  private final ModelCard card;
  private final Net net;
  private final StringVector outputs;
  private final Mat input;

  private Model(ModelCard card, Net net, StringVector outputs, Mat input) {
    this.card = card;
    this.net = net;
    this.outputs = outputs;
    this.input = input;
  }

  /**
   * Reads {@code NAME.json} and the {@code NAME.onnx} beside it, and tries the network on a black
   * picture.
   *
   * @throws ModelException when a file is missing, damaged or not what the sidecar says
   */
  static Model open(Path sidecar) throws ModelException {
    return open(ModelCard.read(sidecar));
  }

  /** The same of a sidecar that has been read. */
  static Model open(ModelCard card) throws ModelException {
    byte[] network = verified(card);
    Natives.load();
    try {
      return tried(card, opencv_dnn.readNetFromONNX(network));
    } catch (RuntimeException | LinkageError e) {
      // JavaCPP's only way to tell of a cv::Exception; and its library is loaded here first.
      throw unable(card, e);
    }
  }

  private static Model tried(ModelCard card, Net net) throws ModelException {
    int size = card.size();
    net.setPreferableBackend(opencv_dnn.DNN_BACKEND_OPENCV);
    Model model =
        new Model(
            card,
            net,
            net.getUnconnectedOutLayersNames(),
            new Mat(new int[] {1, 3, size, size}, opencv_core.CV_32F));
    try {
      model.boxes(card, new byte[size * size * 3], Placement.of(Fit.STRETCH, size, size, size));
      return model;
    } catch (ModelException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * The network's bytes, which are those that the sidecar means.
   *
   * @throws ModelException when they are not, or cannot be read
   */
  static byte[] verified(ModelCard card) throws ModelException {
    Path file = card.network();
    byte[] bytes;
    try {
      if (Files.size(file) > LARGEST) {
        throw new ModelException(
            file + ": is " + Files.size(file) + " bytes, at most " + LARGEST + " are read");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ModelException(file + ": there is no such file; copy it beside its sidecar", e);
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
    }
    String sha256 = Sha256.hex(bytes);
    if (!sha256.equals(card.sha256())) {
      throw new ModelException(
          file
              + ": is damaged or another one: its sha256 is "
              + sha256
              + ", the sidecar says "
              + card.sha256());
    }
    return bytes;
  }

  private static ModelException unable(ModelCard card, Throwable e) {
    String text = String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
    String reason = text.length() > 200 ? text.substring(0, 200) : text;
    return new ModelException(card.network() + ": OpenCV cannot run it: " + reason, e);
  }

  ModelCard card() {
    return card;
  }

  /**
   * What is in the picture, the surest first, as fractions of its width and height; at most {@link
   * Found#MOST}.
   *
   * @throws ModelException when the network fails on this picture
   */
  List<Box> look(Frame frame) throws ModelException {
    return look(frame, WHOLE, card.score());
  }

  /**
   * The same of a part of the picture alone, which the network sees as large as its input.
   *
   * @param part where, as fractions of the picture; taken to whole pixels, 16 each way at least
   * @param leastScore of a box, 0.01..1, in place of the sidecar's
   * @return boxes as fractions of the whole picture
   */
  List<Box> look(Frame frame, Region part, double leastScore) throws ModelException {
    int left = pixel(part.x(), frame.width());
    int top = pixel(part.y(), frame.height());
    int width = extent(part.width(), left, frame.width());
    int height = extent(part.height(), top, frame.height());
    Placement placement = Placement.of(card.fit(), width, height, card.size());
    byte[] pixels = new byte[placement.width() * placement.height() * 3];
    try (PointerScope _ = new PointerScope()) {
      Mat source = new Mat(frame.height(), frame.width(), opencv_core.CV_8UC3);
      source.data().put(frame.bgr(), 0, frame.bgr().length);
      Mat small = new Mat();
      opencv_imgproc.resize(
          source.apply(new Rect(left, top, width, height)),
          small,
          new Size(placement.width(), placement.height()),
          0,
          0,
          opencv_imgproc.INTER_LINEAR);
      small.data().get(pixels);
      double x = (double) left / frame.width();
      double y = (double) top / frame.height();
      double across = (double) width / frame.width();
      double down = (double) height / frame.height();
      return boxes(card.with(leastScore), pixels, placement).stream()
          .map(placement::back)
          .map(box -> box.within(x, y, across, down))
          .toList();
    } catch (RuntimeException e) {
      throw unable(card, e);
    }
  }

  private static int pixel(double fraction, int pixels) {
    return Math.clamp((int) Math.floor(fraction * pixels), 0, pixels - LEAST_PIXELS);
  }

  private static int extent(double fraction, int from, int pixels) {
    return Math.clamp((int) Math.ceil(fraction * pixels), LEAST_PIXELS, pixels - from);
  }

  private List<Box> boxes(ModelCard by, byte[] pixels, Placement placement) throws ModelException {
    float[] values = Input.values(card, pixels, placement);
    try (PointerScope _ = new PointerScope()) {
      MatVector found = new MatVector();
      new FloatPointer(input.data()).put(values, 0, values.length);
      net.setInput(input);
      net.forward(found, outputs);
      List<Tensor> tensors = new ArrayList<>();
      for (long i = 0; i < found.size(); i++) {
        tensors.add(tensor(found.get(i)));
      }
      return card.layout().decode(by, tensors);
    }
  }

  private static Tensor tensor(Mat mat) {
    int[] shape = new int[mat.dims()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = mat.size(i);
    }
    float[] values = new float[Math.toIntExact(mat.total())];
    new FloatPointer(mat.data()).get(values);
    return Tensor.of(shape, values);
  }

  @Override
  public void close() {
    input.close();
    outputs.close();
    net.close();
  }
}
