package org.cityedge.video.crowd;

/**
 * What is known of a blob in one look.
 *
 * @param step grey levels of outline that it adds to the scene, see {@link Outlines}
 * @param fresh share 0..1 of its pixels whose grey level the background has nowhere around
 * @param near share 0..1 of its pixels near which something was before, see {@link Nearby}
 */
record Sighting(Blob blob, double step, double fresh, double near) {
  private static final double OUTLINE = 4;

  /**
   * Leaves that tremble and edges that lie half a pixel aside measure 0..0.4 where they are not
   * moved by more than a pixel, people 0.5..0.95.
   */
  private static final double FRESH = 0.4;

  /** People measure 1, who runs or comes into the picture less for a look. */
  private static final double NEAR = 0.8;

  /** Not smoke, steam, light, or where somebody was, all of which add no outline. */
  boolean hasOutline() {
    return step >= OUTLINE;
  }

  /** Whether something stands before the scene that is not the scene itself, a pixel aside. */
  boolean isSomething() {
    return hasOutline() && fresh >= FRESH;
  }

  /** Whether it moves as people cannot. */
  boolean isFast() {
    return near < NEAR;
  }
}
