package org.cityedge.video;

import java.lang.invoke.MethodHandles;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_highgui;
import org.bytedeco.opencv.global.opencv_imgproc;

/**
 * Loads OpenCV so that it needs no window system. JavaCPP's presets of {@code opencv_video}, {@code
 * opencv_calib3d} and {@code opencv_objdetect} pull in {@code opencv_highgui}, whose library links
 * GTK 2, and a gateway has no GTK (bytedeco/javacpp-presets issues 593 and 1223). Call {@link
 * #load} before the first use of any class of OpenCV's that is not in its core.
 */
public final class Natives {
  private static final String LOAD_LIBRARIES = "org.bytedeco.javacpp.loadlibraries";

  private static boolean loaded;

  private Natives() {}

  /**
   * Loads core and imgproc, keeps highgui's library out, and confines OpenCV to the calling
   * threads. Any thread, any number of times; the first call unpacks the libraries into JavaCPP's
   * cache and takes about a second.
   *
   * @throws UnsatisfiedLinkError when a library is missing or cannot be unpacked
   */
  public static synchronized void load() {
    if (loaded) {
      return;
    }
    Loader.load(opencv_imgproc.class);
    initialiseWithoutLibrary(opencv_highgui.class);
    // One frame is small, and the cameras share the board's cores among themselves.
    opencv_core.setNumThreads(1);
    loaded = true;
  }

  /**
   * A class that is already initialised is not loaded again by those that depend on it, so its
   * library, which none of them calls, never comes in.
   */
  private static void initialiseWithoutLibrary(Class<?> type) {
    String before = System.getProperty(LOAD_LIBRARIES, "true");
    System.setProperty(LOAD_LIBRARIES, "false");
    try {
      MethodHandles.lookup().ensureInitialized(type);
    } catch (IllegalAccessException e) {
      throw new LinkageError("cannot initialise " + type.getName(), e);
    } finally {
      System.setProperty(LOAD_LIBRARIES, before);
    }
  }
}
