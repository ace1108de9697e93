package org.cityedge.config;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the versions need of a file system. Each method that changes something is one step after
 * which the power may go; the tests take it away after every one of them.
 */
interface Disk {
  /** The file's bytes, empty when there is none. */
  Optional<byte[]> read(Path file) throws IOException;

  /** Names of the folder's files, none when there is no folder. */
  List<String> names(Path folder) throws IOException;

  /** One that root makes goes to whose the folder around it is. */
  void createFolders(Path folder) throws IOException;

  /**
   * Keeps every other process from taking the same lock until it is closed or this process ends.
   * The file is made when there is none.
   *
   * @return empty when somebody has it
   * @throws IOException when the disk refuses
   */
  Optional<Closeable> lock(Path file) throws IOException;

  /**
   * Makes the file or empties it, and writes; one of root's goes to whose the folder is. Nothing is
   * durable yet.
   */
  void write(Path file, byte[] bytes) throws IOException;

  /** The file's content is durable when this returns; whether it has a name is another matter. */
  void sync(Path file) throws IOException;

  /** rename(2): replaces {@code to} at one stroke. Not durable yet. */
  void move(Path from, Path to) throws IOException;

  /** The folder's names are durable when this returns. */
  void syncFolder(Path folder) throws IOException;

  /** Does nothing when there is none. */
  void delete(Path file) throws IOException;

  /** Writes the file as a whole, so that after a power cut it is the old one or the new one. */
  default void replace(Path file, byte[] bytes) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ConfigStore.UNFINISHED);
    write(fresh, bytes);
    sync(fresh);
    move(fresh, file);
    syncFolder(file.resolveSibling(""));
  }

  /** The real one. */
  Disk REAL =
      new Disk() {
        @Override
        public Optional<byte[]> read(Path file) throws IOException {
          try {
            return Optional.of(Files.readAllBytes(file));
          } catch (NoSuchFileException _) {
            return Optional.empty();
          }
        }

        @Override
        public List<String> names(Path folder) throws IOException {
          if (!Files.isDirectory(folder)) {
            return List.of();
          }
          try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
          }
        }

        @Override
        public void createFolders(Path folder) throws IOException {
          Files.createDirectories(folder);
          Ownership.asFolder(folder);
        }

        @Override
        public Optional<Closeable> lock(Path file) throws IOException {
          FileChannel channel =
              FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          try {
            Ownership.asFolder(file);
            if (channel.tryLock() != null) {
              return Optional.of(channel);
            }
          } catch (OverlappingFileLockException _) {
            // This process has it; the answer is the same.
          } catch (IOException e) {
            channel.close();
            throw e;
          }
          channel.close();
          return Optional.empty();
        }

        @Override
        public void write(Path file, byte[] bytes) throws IOException {
          Files.write(file, bytes);
          Ownership.asFolder(file);
        }

        @Override
        public void sync(Path file) throws IOException {
          try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
          }
        }

        @Override
        public void move(Path from, Path to) throws IOException {
          Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }

        @Override
        public void syncFolder(Path folder) throws IOException {
          try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
          }
        }

        @Override
        public void delete(Path file) throws IOException {
          Files.deleteIfExists(file);
        }
      };
}
