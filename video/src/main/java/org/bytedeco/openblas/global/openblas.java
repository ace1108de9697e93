package org.bytedeco.openblas.global;

/**
 * Stands before JavaCPP's class of this name, wherever the agent's jars come first on the class
 * path. OpenCV's presets have it initialised with OpenCV; its 3,000 functions of LAPACK, which
 * nobody calls from Java, would take 10 MB of memory for each gateway with a camera, and a second.
 * The library itself is loaded by {@link org.cityedge.video.Natives}.
 */
final class openblas {
  private openblas() {}
}
