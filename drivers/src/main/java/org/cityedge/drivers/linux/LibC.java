package org.cityedge.drivers.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.time.Duration;

/** The five calls of the C library that a character device needs. */
public final class LibC {
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000; // 02000000 on x86-64 and arm64
  private static final short POLLIN = 1;

  private static final Linker LINKER = Linker.nativeLinker();
  static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final Linker.Option VARIADIC = Linker.Option.firstVariadicArg(2);
  static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO_OF_STATE =
      STATE.varHandle(PathElement.groupElement("errno"));

  /** {@code struct pollfd}. */
  private static final StructLayout POLL_FD =
      MemoryLayout.structLayout(
          JAVA_INT.withName("fd"), JAVA_SHORT.withName("events"), JAVA_SHORT.withName("revents"));

  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), ERRNO, VARIADIC);
  private static final MethodHandle IOCTL =
      handle(
          "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), ERRNO, VARIADIC);
  private static final MethodHandle READ =
      handle("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG), ERRNO);
  private static final MethodHandle POLL =
      handle("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), ERRNO);
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private LibC() {}

  static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
  }

  /** Opens a device for reading and writing; the caller closes the descriptor. */
  public static int open(Path device) throws Errno {
    return open(device, O_RDWR);
  }

  /**
   * Opens for reading only; the caller closes the descriptor.
   *
   * @param flags further ones of open(2)
   */
  public static int openToRead(Path device, int flags) throws Errno {
    return open(device, flags);
  }

  private static int open(Path device, int flags) throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment path = arena.allocateFrom(device.toString());
      int fd;
      try {
        fd = (int) OPEN.invokeExact(state, path, flags | O_CLOEXEC);
      } catch (Throwable e) {
        throw cannotHappen(e);
      }
      return checked("open", fd, state);
    }
  }

  public static void ioctl(int fd, long request, MemorySegment argument) throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int result;
      try {
        result = (int) IOCTL.invokeExact(state, fd, request, argument);
      } catch (Throwable e) {
        throw cannotHappen(e);
      }
      checked("ioctl", result, state);
    }
  }

  /** Reads up to the buffer's size; the number of bytes read. */
  public static long read(int fd, MemorySegment buffer) throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long count;
      try {
        count = (long) READ.invokeExact(state, fd, buffer, buffer.byteSize());
      } catch (Throwable e) {
        throw cannotHappen(e);
      }
      if (count < 0) {
        throw failed("read", state);
      }
      return count;
    }
  }

  /**
   * Whether the descriptor can be read within the time; an error condition counts as readable,
   * since the read then names it.
   */
  public static boolean poll(int fd, Duration timeout) throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment poll = arena.allocate(POLL_FD);
      poll.set(JAVA_INT, 0, fd);
      poll.set(JAVA_SHORT, 4, POLLIN);
      int ready;
      try {
        ready =
            (int) POLL.invokeExact(state, poll, 1L, (int) timeout.plusNanos(999_999).toMillis());
      } catch (Throwable e) {
        throw cannotHappen(e);
      }
      if (ready < 0 && errno(state) == Errno.EINTR) {
        return false;
      }
      return checked("poll", ready, state) > 0;
    }
  }

  public static void close(int fd) {
    try {
      int _ = (int) CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw cannotHappen(e);
    }
  }

  static int checked(String call, int result, MemorySegment state) throws Errno {
    if (result < 0) {
      throw failed(call, state);
    }
    return result;
  }

  static Errno failed(String call, MemorySegment state) {
    return new Errno(call, errno(state));
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO_OF_STATE.get(state, 0L);
  }

  /** The signatures above are exact, so a call handle throws nothing. */
  static IllegalStateException cannotHappen(Throwable e) {
    return new IllegalStateException("call of the C library", e);
  }
}
