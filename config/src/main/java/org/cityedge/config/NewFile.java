package org.cityedge.config;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes files whole or not at all, and never over one that is there: a torso that a full disk, a
 * signal or a power cut left would be taken for the whole, and stand in the way of the next try. It
 * is written as {@code .NAME.new} beside it, which the next try takes away when one was cut short.
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
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Path fresh = file.resolveSibling("." + file.getFileName() + ConfigStore.UNFINISHED);
    Files.deleteIfExists(fresh);
    try (FileChannel channel =
        FileChannel.open(
            fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
      Object ours = identity(fresh);
      try (OutputStream out = Files.newOutputStream(fresh, StandardOpenOption.WRITE)) {
        content.write(out);
      }
      channel.force(true);
      if (!Objects.equals(identity(fresh), ours)) {
        throw new IOException(file + " is being written by another process");
      }
      name(fresh, file);
    } catch (IOException | RuntimeException e) {
      try {
        Files.deleteIfExists(fresh);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    Files.deleteIfExists(fresh);
  }

  /** Tells two files of one name apart; null without a file, or where nothing tells them apart. */
  private static @Nullable Object identity(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException _) {
      return null;
    }
  }

  /** Gives it its name, unless that is taken: a link never replaces, a rename does. */
  static void name(Path fresh, Path file) throws IOException {
    try {
      Files.createLink(file, fresh);
    } catch (FileAlreadyExistsException e) {
      throw new FileAlreadyExistsException(file.toString());
    } catch (UnsupportedOperationException | FileSystemException _) {
      // As on a USB stick (FAT). Cut short between the two, an empty file is left.
      Files.createFile(file);
      try {
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        Files.deleteIfExists(file);
        throw e;
      }
    }
  }
}
