package org.cityedge.video.evidence;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.RectVector;
import org.bytedeco.opencv.opencv_core.Size;
import org.bytedeco.opencv.opencv_objdetect.CascadeClassifier;
import org.bytedeco.opencv.opencv_objdetect.HOGDescriptor;

/**
 * Finds faces and heads in a still picture, for masking only: a Haar cascade for frontal faces
 * (Viola and Jones 2001), an LBP cascade for both profiles (a quarter of the Haar cascade's time),
 * and HOG with OpenCV's built-in model for standing people (Dalal and Triggs 2005), whose window is
 * 64x128 pixels. All of it comes with the OpenCV jar.
 */
final class People implements AutoCloseable {
  /**
   * Where something personal is.
   *
   * @param faceWidth pixels, at least the width of the face inside
   */
  record Patch(int x, int y, int width, int height, int faceWidth) {}

  private static final String CASCADES = "/share/opencv4/";
  private static final int SMALLEST_FACE = 20;

  /** The part of HOG's window that holds head and shoulders: its margin is an eighth. */
  private static final double HEAD = 0.35;

  private final CascadeClassifier frontal = cascade("haarcascades/haarcascade_frontalface_alt2");
  private final CascadeClassifier profile = cascade("lbpcascades/lbpcascade_profileface");
  private final HOGDescriptor hog = new HOGDescriptor();
  private final Mat grey = new Mat();
  private final Mat mirrored = new Mat();

  /**
   * @throws IllegalStateException when a model cannot be loaded
   */
  People() {
    hog.setSVMDetector(new Mat(HOGDescriptor.getDefaultPeopleDetector()));
  }

  List<Patch> find(Mat picture) {
    List<Patch> found = new ArrayList<>();
    opencv_imgproc.cvtColor(picture, grey, opencv_imgproc.COLOR_BGR2GRAY);
    for (Rect face : faces(frontal, grey)) {
      found.add(face(face, face.x()));
    }
    for (Rect face : faces(profile, grey)) {
      found.add(face(face, face.x()));
    }
    opencv_core.flip(grey, mirrored, 1);
    for (Rect face : faces(profile, mirrored)) {
      found.add(face(face, grey.cols() - face.x() - face.width()));
    }
    for (Rect person : standing(picture)) {
      int height = (int) (person.height() * HEAD);
      found.add(new Patch(person.x(), person.y(), person.width(), height, person.width() / 3));
    }
    return found;
  }

  /** A cascade's box ends at the chin and the brows; a quarter more on each side holds the head. */
  private static Patch face(Rect box, int x) {
    int margin = box.width() / 4;
    return new Patch(
        x - margin,
        box.y() - margin,
        box.width() + 2 * margin,
        box.height() + 2 * margin,
        box.width());
  }

  private static Rect[] faces(CascadeClassifier cascade, Mat grey) {
    RectVector found = new RectVector();
    // Two neighbours instead of three: a face too many costs a few pixels.
    cascade.detectMultiScale(
        grey, found, 1.15, 2, 0, new Size(SMALLEST_FACE, SMALLEST_FACE), new Size());
    return found.get();
  }

  private Rect[] standing(Mat picture) {
    if (picture.rows() < 128 || picture.cols() < 64) {
      return new Rect[0];
    }
    RectVector found = new RectVector();
    hog.detectMultiScale(
        picture, found, new DoublePointer(), 0, new Size(8, 8), new Size(0, 0), 1.1, 2, false);
    return found.get();
  }

  private static CascadeClassifier cascade(String name) {
    try {
      String resource = "/org/bytedeco/opencv/" + Loader.getPlatform() + CASCADES + name + ".xml";
      File file = Loader.cacheResource(People.class, resource);
      if (file != null) {
        CascadeClassifier cascade = new CascadeClassifier(file.getPath());
        if (!cascade.empty()) {
          return cascade;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the cascade " + name + " cannot be unpacked", e);
    }
    throw new IllegalStateException("the cascade " + name + " is missing or damaged");
  }

  @Override
  public void close() {
    frontal.close();
    profile.close();
    hog.close();
    grey.close();
    mirrored.close();
  }
}
