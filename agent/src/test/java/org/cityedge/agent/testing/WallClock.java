package org.cityedge.agent.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The wall clock of a child process, which can jump; the clock that only runs on is left alone. */
public final class WallClock {
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));

  private final Path library;
  private final Path offset;

  private WallClock(Path library, Path offset) {
    this.library = library;
    this.offset = offset;
  }

  /** One that is right so far; the test is skipped where libfaketime is missing. */
  public static WallClock in(Path folder) throws IOException {
    Optional<Path> library = LIBRARIES.stream().filter(Files::exists).findFirst();
    Assumptions.assumeTrue(
        library.isPresent(), "libfaketime is missing; apt-get install libfaketime");
    WallClock clock = new WallClock(library.get(), folder.resolve("offset"));
    clock.jump("+0d");
    return clock;
  }

  /** For the child process that is to have this clock. */
  public Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE",
        offset.toString(),
        "FAKETIME_NO_CACHE",
        "1",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1");
  }

  /**
   * At once, by renaming into place, so that no half of it is read.
   *
   * @param against the true time, such as {@code -1h} or {@code +3652d}
   */
  public void jump(String against) throws IOException {
    Path next = Files.writeString(offset.resolveSibling("offset.next"), against);
    Files.move(next, offset, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
