package org.cityedge.video;

import java.lang.invoke.MethodHandles;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.ClassProperties;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_highgui;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads OpenCV so that it needs no window system. JavaCPP's presets of {@code opencv_video}, {@code
 * opencv_calib3d} and {@code opencv_objdetect} pull in {@code opencv_highgui}, whose library links
 * GTK 2, and a gateway has no GTK (bytedeco/javacpp-presets issues 593 and 1223). Call {@link
 * #load} before the first use of any OpenCV class.
 */
public final class Natives {
  private static final String LOAD_LIBRARIES = "org.bytedeco.javacpp.loadlibraries";

  private static final Logger LOG = LoggerFactory.getLogger(Natives.class);

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
    loadAlgebra();
    Loader.load(opencv_imgproc.class);
    initialiseWithoutLibrary(opencv_highgui.class);
    // One frame is small, and the cameras share the board's cores among themselves.
    opencv_core.setNumThreads(1);
    loaded = true;
  }

  /**
   * What OpenCV's core links, without the bindings to it, which nobody calls: {@link
   * org.bytedeco.openblas.global.openblas} stands in for them. What cannot be loaded is passed over
   * as JavaCPP does it, since most names are another machine's; where the library itself is among
   * that, OpenCV's says so next.
   */
  private static void loadAlgebra() {
    Class<?> presets = org.bytedeco.openblas.presets.openblas.class;
    ClassProperties properties = Loader.loadProperties(presets, Loader.loadProperties(), true);
    List<String> files = new ArrayList<>();
    for (String library : properties.get("platform.preload")) {
      URL[] places = Loader.findLibrary(presets, properties, library, false);
      if (places.length > 0) {
        try {
          files.add(Loader.loadLibrary(presets, places, library, files.toArray(String[]::new)));
        } catch (UnsatisfiedLinkError e) {
          LOG.debug("{} is passed over: {}", library, e.getMessage());
        }
      }
    }
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
