package org.cityedge.buffer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;

/**
 * Has the kernel answer EIO where a thread reads a page at a place of any file, as a card does that
 * cannot give it back: a filter of pread64(2) (seccomp(2)). It stays with the thread that asked for
 * it and those that it starts from then on, until they end.
 */
final class BadSector {
  private static final int SET_NO_NEW_PRIVS = 38;
  private static final int SET_SECCOMP = 22;
  private static final int MODE_FILTER = 2;

  private static final int LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS, linux/bpf_common.h
  private static final int UNLESS_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  private static final int RETURN = 0x06;
  private static final int ALLOW = 0x7fff0000;
  private static final int EIO = 0x00050000 | 5; // SECCOMP_RET_ERRNO

  // Of struct seccomp_data, the low halves.
  private static final int NUMBER = 0;
  private static final int COUNT = 32;
  private static final int OFFSET = 40;

  private static final Map<String, Integer> PREAD64 = Map.of("amd64", 17, "aarch64", 67);

  private BadSector() {}

  /**
   * @param offset below 2 GiB
   * @return false where the kernel takes no such filter
   */
  static boolean at(int offset, int bytes) {
    Optional<Integer> pread = Optional.ofNullable(PREAD64.get(System.getProperty("os.arch")));
    if (pread.isEmpty()) {
      return false;
    }
    int[][] program = {
      {LOAD, 0, 0, NUMBER}, {UNLESS_EQUAL, 0, 5, pread.get()},
      {LOAD, 0, 0, OFFSET}, {UNLESS_EQUAL, 0, 3, offset},
      {LOAD, 0, 0, COUNT}, {UNLESS_EQUAL, 0, 1, bytes},
      {RETURN, 0, 0, EIO}, {RETURN, 0, 0, ALLOW}
    };
    try (Arena arena = Arena.ofConfined()) {
      // struct sock_filter { u16 code; u8 jt; u8 jf; u32 k; }
      MemorySegment filter = arena.allocate(8L * program.length, 8);
      for (int i = 0; i < program.length; i++) {
        int[] step = program[i];
        filter.set(JAVA_SHORT, 8L * i, (short) step[0]);
        filter.set(JAVA_SHORT, 8L * i + 2, (short) (step[1] | step[2] << 8));
        filter.set(JAVA_INT, 8L * i + 4, step[3]);
      }
      // struct sock_fprog { u16 len; struct sock_filter *filter; }
      MemorySegment counted = arena.allocate(16, 8);
      counted.set(JAVA_SHORT, 0, (short) program.length);
      counted.set(ADDRESS, 8, filter);
      return prctl(SET_NO_NEW_PRIVS, 1, MemorySegment.NULL) == 0
          && prctl(SET_SECCOMP, MODE_FILTER, counted) == 0;
    }
  }

  private static int prctl(int option, long argument, MemorySegment pointer) {
    Linker linker = Linker.nativeLinker();
    MethodHandle prctl =
        linker.downcallHandle(
            linker.defaultLookup().find("prctl").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    try {
      return (int) prctl.invokeExact(option, argument, pointer, 0L, 0L);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
