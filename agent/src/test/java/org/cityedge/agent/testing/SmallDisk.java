package org.cityedge.agent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file system of a few KiB under some of an agent's folders, which a test fills and frees. */
public final class SmallDisk implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(40);

  private final Path disk;
  private final Path filler;
  private final List<Path> mounted = new ArrayList<>();

  private SmallDisk(Path disk) {
    this.disk = disk;
    this.filler = disk.resolve("filler");
  }

  /**
   * Lays one under folders that are made; the test is skipped where none may be mounted.
   *
   * @param size as mount's option says it, {@code 128k}
   */
  public static SmallDisk under(Path scratch, String size, Path... folders) throws IOException {
    Path disk = Files.createDirectory(scratch.resolve("small"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk.toString()) == 0,
        "skipped: only root may mount a small tmpfs");
    SmallDisk small = new SmallDisk(disk);
    for (Path folder : folders) {
      Path own = Files.createDirectory(disk.resolve(folder.getFileName()));
      Files.createDirectories(folder);
      assertThat(run("mount", "--bind", own.toString(), folder.toString())).isZero();
      small.mounted.add(folder);
    }
    return small;
  }

  /** Until not a byte is left. */
  public void fill() {
    // Ends with an error, as wanted.
    assertThat(run("dd", "if=/dev/zero", "of=" + filler, "bs=4096", "oflag=append", "conv=notrunc"))
        .isEqualTo(1);
  }

  /** Until nothing has given a byte back for two seconds. */
  public void fillForGood() {
    long[] full = {0, System.nanoTime()}; // bytes, since when
    Eventually.await(
        "a disk that stays full",
        LIMIT,
        () -> {
          try {
            fill();
            if (Files.size(filler) != full[0]) {
              full[0] = Files.size(filler);
              full[1] = System.nanoTime();
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return System.nanoTime() - full[1] > Duration.ofSeconds(2).toNanos();
        });
  }

  /** Gives back what was filled. */
  public void free() throws IOException {
    Files.delete(filler);
  }

  @Override
  public void close() {
    for (Path folder : mounted) {
      run("umount", "-l", folder.toString());
    }
    run("umount", "-l", disk.toString());
  }

  private static int run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException _) {
      return -1;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }
}
