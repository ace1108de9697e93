package org.cityedge.video.model;

/** How a picture is brought to the size of a network's input. */
enum Fit {
  /** To the whole square, whatever becomes of its proportions. */
  STRETCH,
  /** As large as it goes, in the middle. */
  LETTERBOX,
  /** As large as it goes, in the top left corner. */
  CORNER
}
