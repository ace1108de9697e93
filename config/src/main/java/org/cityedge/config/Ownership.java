package org.cityedge.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;

/**
 * Whose a file of the data folder is. A technician runs the program as root, the agent is another
 * user: what root has just made there the agent could neither replace nor delete. Any thread.
 */
public final class Ownership {
  private static final String ROOT = "root";

  private Ownership() {}

  /**
   * Gives a file or folder of root's to the owner and the group of the folder that it is in; leaves
   * those of others alone. Where that is not allowed it stays root's.
   */
  public static void asFolder(Path file) {
    try {
      PosixFileAttributes folder =
          Files.readAttributes(file.toAbsolutePath().getParent(), PosixFileAttributes.class);
      PosixFileAttributes made =
          Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (made.owner().getName().equals(ROOT) && !folder.owner().getName().equals(ROOT)) {
        Files.setAttribute(file, "posix:group", folder.group(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(file, "posix:owner", folder.owner(), LinkOption.NOFOLLOW_LINKS);
      }
    } catch (IOException _) {
      // A root without that right, as in a container: nothing is worse than before.
    }
  }
}
