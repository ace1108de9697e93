package org.cityedge.config;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;

/**
 * Makes files whole or not at all, and never over one that is there: a torso that a full disk left
 * would be taken for the whole, and stand in the way of the next try.
 */
public final class NewFile {
  /** Writes what is to be in it. */
  @FunctionalInterface
  public interface Content {
    void write(OutputStream out) throws IOException;
  }

  private NewFile() {}

  /**
   * Makes a file.
   *
   * @param attributes it is born with, such as its mode
   * @throws FileAlreadyExistsException when it is there, and stays as it is
   * @throws IOException when it cannot be written, or its content cannot be had; it is not there
   *     then
   */
  public static void write(Path file, Content content, FileAttribute<?>... attributes)
      throws IOException {
    Files.createFile(file, attributes);
    try (OutputStream out = Files.newOutputStream(file)) {
      content.write(out);
    } catch (IOException | RuntimeException e) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }
}
