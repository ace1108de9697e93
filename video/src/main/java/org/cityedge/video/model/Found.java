package org.cityedge.video.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what a decoder reads and keeps one box for each thing (greedy suppression). */
final class Found {
  /** The best so many are compared with one another; further ones are dropped. */
  static final int MOST = 300;

  private final ModelCard card;
  private final List<Box> boxes = new ArrayList<>();

  Found(ModelCard card) {
    this.card = card;
  }

  /** Notes a box by its middle, if the class is let through and the score suffices. */
  void add(int index, double score, double x, double y, double width, double height) {
    Label label = card.classes().get(index);
    // NaN and infinity, from a damaged network, fail these as well
    if (label != null
        && score >= card.score()
        && score <= 1
        && width > 0
        && height > 0
        && Double.isFinite(x + y + width + height)) {
      boxes.add(
          new Box(label, score, x - width / 2, y - height / 2, x + width / 2, y + height / 2));
    }
  }

  /** The best first; none overlaps a better one of its label by more than the card allows. */
  List<Box> best() {
    List<Box> kept = new ArrayList<>();
    boxes.stream()
        .sorted(Comparator.comparingDouble(Box::score).reversed())
        .limit(MOST)
        .filter(
            box ->
                kept.stream()
                    .noneMatch(
                        better ->
                            better.label() == box.label() && better.overlap(box) > card.overlap()))
        .forEachOrdered(kept::add);
    return List.copyOf(kept);
  }
}
