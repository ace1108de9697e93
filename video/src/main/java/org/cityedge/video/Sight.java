package org.cityedge.video;

/**
 * What one look at a camera's view tells, measured against the view as it was learned.
 *
 * @param brightness mean grey level, 0..255
 * @param glare fraction of pixels that are as good as white (250 or more), 0..1
 * @param known whether the view is learned and has outlines enough (6 of 60 cells) to be compared;
 *     the figures below mean nothing otherwise
 * @param outlines how strong the outlines are in all, 1 as usual
 * @param dimmed fraction of the cells with outlines that have lost more than half of them, 0..1
 * @param changed fraction of those cells whose outlines are others than before, 0..1
 * @param shift how far the whole view is displaced, as a fraction of the picture's width; 0 when no
 *     displacement explains the change
 */
record Sight(
    double brightness,
    double glare,
    boolean known,
    double outlines,
    double dimmed,
    double changed,
    double shift) {
  static Sight unknown(double brightness, double glare) {
    return new Sight(brightness, glare, false, 1, 0, 0, 0);
  }
}
