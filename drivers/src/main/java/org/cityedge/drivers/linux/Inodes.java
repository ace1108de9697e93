package org.cityedge.drivers.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * What statvfs(3) says of a folder's file system beyond its bytes.
 *
 * @param all how many files it can hold; 0 where it has no such limit
 * @param free how many more, for a user without privileges
 * @param readOnly whether it is mounted so
 */
public record Inodes(long all, long free, boolean readOnly) {
  /** {@code struct statvfs} of glibc with 64-bit longs, as on x86-64 and arm64. */
  private static final long SIZE = 112;

  private static final long FILES = 40;
  private static final long AVAILABLE_FILES = 56;
  private static final long FLAG = 72;
  private static final long ST_RDONLY = 1;

  private static final MethodHandle STATVFS =
      LibC.handle("statvfs", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS), LibC.ERRNO);

  /** As they are now; any thread. */
  public static Inodes of(Path folder) throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(LibC.STATE);
      MemorySegment path = arena.allocateFrom(folder.toString());
      MemorySegment found = arena.allocate(SIZE, 8);
      int result;
      try {
        result = (int) STATVFS.invokeExact(state, path, found);
      } catch (Throwable e) {
        throw LibC.cannotHappen(e);
      }
      int _ = LibC.checked("statvfs", result, state);
      return new Inodes(
          found.get(JAVA_LONG, FILES),
          found.get(JAVA_LONG, AVAILABLE_FILES),
          (found.get(JAVA_LONG, FLAG) & ST_RDONLY) != 0);
    }
  }
}
