package org.cityedge.drivers.gpio;

/**
 * Finds edges that were lost between the kernel and us by the gaps in their numbers: a full queue
 * drops its oldest edge (linereq_put_event in drivers/gpio/gpiolib-cdev.c), the numbering goes on.
 * Confined to one thread.
 */
final class LostEdges {
  private int last;

  /** How many edges are missing before this one, 0..2^32 - 1. */
  long before(Edge edge) {
    if (edge.number() == 0 && last != -1) {
      return 0; // not counted; the number 0 itself follows 2^32 - 1 only
    }
    long lost = Integer.toUnsignedLong(edge.number() - last - 1);
    last = edge.number();
    return lost;
  }
}
