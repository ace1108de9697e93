package org.cityedge.agent;

import java.util.Objects;

/** The agent's version, from the manifest of its jar. */
public final class Version {
  private Version() {}

  /** {@code 0.1.0-SNAPSHOT}, or {@code development} when the classes do not run from a jar. */
  public static String agent() {
    return Objects.requireNonNullElse(
        Version.class.getPackage().getImplementationVersion(), "development");
  }
}
