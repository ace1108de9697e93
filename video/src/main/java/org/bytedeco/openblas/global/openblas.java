package org.bytedeco.openblas.global;

import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.ClassProperties;
import org.bytedeco.javacpp.Loader;
import org.slf4j.LoggerFactory;

/**
 * Stands before JavaCPP's class of this name, wherever the agent's jars come first on the class
 * path. OpenCV's presets have it initialised before OpenCV's own libraries are loaded; its 3,000
 * functions of LAPACK, which nobody calls from Java, would take 10 MB of memory for each gateway
 * with a camera, and a second. So this loads what OpenCV's core links, and no bindings to it,
 * whichever class of OpenCV is the first.
 *
 * <p>What cannot be loaded is passed over as JavaCPP does it, since most names are another
 * machine's; where the library itself is among that, OpenCV's says so next.
 */
final class openblas {
  static {
    Class<?> presets = org.bytedeco.openblas.presets.openblas.class;
    ClassProperties properties = Loader.loadProperties(presets, Loader.loadProperties(), true);
    List<String> files = new ArrayList<>();
    for (String library : properties.get("platform.preload")) {
      URL[] places = Loader.findLibrary(presets, properties, library, false);
      if (places.length > 0) {
        try {
          files.add(Loader.loadLibrary(presets, places, library, files.toArray(String[]::new)));
        } catch (UnsatisfiedLinkError e) {
          LoggerFactory.getLogger(openblas.class)
              .debug("{} is passed over: {}", library, e.getMessage());
        }
      }
    }
  }

  private openblas() {}
}
