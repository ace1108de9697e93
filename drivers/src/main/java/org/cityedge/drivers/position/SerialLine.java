package org.cityedge.drivers.position;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.cityedge.drivers.linux.Errno;
import org.cityedge.drivers.linux.LibC;

/**
 * A receiver on a serial line, 8N1 and raw; also a named pipe or a file, which have no speed. The
 * numbers are those of asm-generic/termbits.h, the same on x86-64 and arm64.
 */
final class SerialLine implements Connection {
  /** Bits per second to the speed's code in {@code c_cflag}. */
  static final Map<Integer, Integer> SPEEDS =
      Map.of(
          4800, 0xC, 9600, 0xD, 19_200, 0xE, 38_400, 0xF, 57_600, 0x1001, 115_200, 0x1002, 230_400,
          0x1003, 460_800, 0x1004, 921_600, 0x1007);

  private static final int O_NOCTTY = 0x100;

  /** Else a line without carrier detect, as most receivers have it, would block for ever. */
  private static final int O_NONBLOCK = 0x800;

  private static final long TCGETS = 0x5401;
  private static final long TCSETS = 0x5402;

  // struct termios of the kernel: four flags of 4 bytes, c_line, then c_cc[19].
  private static final int TERMIOS_BYTES = 36;
  private static final int C_IFLAG = 0;
  private static final int C_OFLAG = 4;
  private static final int C_CFLAG = 8;
  private static final int C_LFLAG = 12;
  private static final int VTIME = 17 + 5;
  private static final int VMIN = 17 + 6;
  private static final int CS8 = 0x30;
  private static final int CREAD = 0x80;
  private static final int CLOCAL = 0x800;

  private final int fd;
  private final Arena arena;
  private final MemorySegment chunk;

  /** Opened, read and closed by one thread. */
  SerialLine(PositionConfig.Nmea config) throws IOException {
    int opened = LibC.openToRead(config.device(), O_NOCTTY | O_NONBLOCK);
    try {
      if (config.baud() != 0) {
        set(opened, SPEEDS.getOrDefault(config.baud(), 0));
      }
    } catch (Errno e) {
      if (e.number != Errno.ENOTTY) { // a pipe or a file has no speed
        LibC.close(opened);
        throw e;
      }
    }
    fd = opened;
    // Last: nobody would free it for a line that cannot be opened, and is tried again for months.
    arena = Arena.ofConfined();
    chunk = arena.allocate(512);
  }

  private static void set(int fd, int speed) throws Errno {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment termios = local.allocate(TERMIOS_BYTES, 4);
      LibC.ioctl(fd, TCGETS, termios);
      termios.set(JAVA_INT, C_IFLAG, 0);
      termios.set(JAVA_INT, C_OFLAG, 0);
      termios.set(JAVA_INT, C_LFLAG, 0);
      termios.set(JAVA_INT, C_CFLAG, speed | CS8 | CREAD | CLOCAL);
      termios.set(ValueLayout.JAVA_BYTE, VMIN, (byte) 1);
      termios.set(ValueLayout.JAVA_BYTE, VTIME, (byte) 0);
      LibC.ioctl(fd, TCSETS, termios);
    }
  }

  @Override
  public int read(byte[] buffer) throws IOException {
    if (!LibC.poll(fd, WAIT)) {
      return 0;
    }
    int count;
    try {
      count = (int) LibC.read(fd, chunk.asSlice(0, Math.min(chunk.byteSize(), buffer.length)));
    } catch (Errno e) {
      if (e.number == Errno.EAGAIN) {
        return 0;
      }
      throw e;
    }
    MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, 0, buffer, 0, count);
    return count == 0 ? -1 : count;
  }

  @Override
  public void close() {
    LibC.close(fd);
    arena.close();
  }
}
