package org.cityedge.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Collects the problems of one document, so that the operator mends the file in one pass instead of
 * one line a start.
 */
public final class Problems {
  /** A report longer than this helps nobody; the rest is counted. */
  private static final int LIMIT = 100;

  private final List<Problem> found = new ArrayList<>();
  private int more;

  /** Records a problem; past 100 it is only counted. */
  public void add(String path, int line, String message) {
    if (found.size() < LIMIT) {
      found.add(new Problem(path, line, message));
    } else {
      more++;
    }
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** All problems, in the order of their lines. */
  public List<Problem> all() {
    List<Problem> sorted = new ArrayList<>(found);
    sorted.sort(Comparator.comparingInt(Problem::line));
    if (more > 0) {
      sorted.add(new Problem("", 0, more + " more problems"));
    }
    return List.copyOf(sorted);
  }
}
