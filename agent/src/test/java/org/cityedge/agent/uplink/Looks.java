package org.cityedge.agent.uplink;

import java.io.IOException;

/**
 * A program for a process of its own: looks ten times a second by {@link KeepAlive}, and prints a
 * line each time. Ends with its standard input.
 */
final class Looks {
  private final KeepAlive keepAlive = new KeepAlive();

  private Looks() {}

  public static void main(String[] arguments) throws IOException {
    new Looks().look();
    System.in.transferTo(System.out);
  }

  private void look() {
    System.out.println("look");
    keepAlive.after(100, this::look);
  }
}
