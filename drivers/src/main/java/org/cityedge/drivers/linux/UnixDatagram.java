package org.cityedge.drivers.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * Datagrams to a socket of this machine (unix(7)), which Java has for streams only. Linux also
 * knows names that are in no file system, the abstract ones; they are written {@code @NAME}. Any
 * thread.
 */
public final class UnixDatagram implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000; // 02000000 on x86-64 and arm64
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** {@code sun_path} of {@code struct sockaddr_un}; its two bytes of family come before. */
  private static final int LONGEST_NAME = 108;

  private static final int FAMILY = 2;

  private static final MethodHandle SOCKET =
      LibC.handle(
          "socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), LibC.ERRNO);
  private static final MethodHandle SENDTO =
      LibC.handle(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
          LibC.ERRNO);

  private final byte[] name;
  private final int fd;

  private UnixDatagram(byte[] name, int fd) {
    this.name = name;
    this.fd = fd;
  }

  /**
   * Nothing is sent yet, so nobody needs to listen yet.
   *
   * @param to an absolute path, or {@code @} and an abstract name; at most 107 bytes
   */
  public static UnixDatagram open(String to) throws Errno {
    byte[] name = to.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = to.startsWith("@");
    if (!(isAbstract || to.startsWith("/")) || name.length < 2 || name.length >= LONGEST_NAME) {
      throw new IllegalArgumentException(
          "a socket must be /path or @name of 2..107 bytes, was \"" + to + "\"");
    }
    if (isAbstract) {
      name[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(LibC.STATE);
      int fd;
      try {
        fd = (int) SOCKET.invokeExact(state, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      } catch (Throwable e) {
        throw LibC.cannotHappen(e);
      }
      return new UnixDatagram(name, LibC.checked("socket", fd, state));
    }
  }

  /**
   * Sends one datagram; never waits.
   *
   * @throws Errno when nobody listens, or the listener's queue is full
   */
  public void send(byte[] message) throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(LibC.STATE);
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, message);
      MemorySegment address = arena.allocate(FAMILY + LONGEST_NAME, 2);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, JAVA_BYTE, FAMILY, name.length);
      // A path ends with a zero; every byte of an abstract name counts, so none is added.
      int length = FAMILY + name.length + (name[0] == 0 ? 0 : 1);
      long sent;
      try {
        sent =
            (long)
                SENDTO.invokeExact(
                    state,
                    fd,
                    bytes,
                    (long) message.length,
                    MSG_DONTWAIT | MSG_NOSIGNAL,
                    address,
                    length);
      } catch (Throwable e) {
        throw LibC.cannotHappen(e);
      }
      int _ = LibC.checked("sendto", (int) sent, state);
    }
  }

  @Override
  public void close() {
    LibC.close(fd);
  }
}
