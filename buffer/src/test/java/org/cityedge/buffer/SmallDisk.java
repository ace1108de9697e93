package org.cityedge.buffer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** File systems of a few MiB that a test fills, or makes read-only; only root may mount them. */
final class SmallDisk {
  private SmallDisk() {}

  /** A new one in the folder; the test is skipped where it may not be mounted. */
  static Path mount(Path folder, String options) throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.toString()) == 0,
        "skipped: only root may mount a small tmpfs");
    return disk;
  }

  static void unmount(Path disk) throws Exception {
    run("umount", "-l", disk.toString());
  }

  /** Deletes the files on it. */
  static void empty(Path disk) throws IOException {
    try (Stream<Path> files = Files.list(disk)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  /** Writes until not a byte is left. */
  static void fill(Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      byte[] block = new byte[4096];
      for (int i = 0; i < 10_000; i++) {
        out.write(block);
      }
      throw new AssertionError("the disk is larger than it should be");
    } catch (IOException _) {
      // Full, as wanted.
    }
  }

  /** The exit code of a program; -1 when there is none or it takes longer than 30 s. */
  static int run(String... command) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException _) {
      return -1;
    }
  }
}
