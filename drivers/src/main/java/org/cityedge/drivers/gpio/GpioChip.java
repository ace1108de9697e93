package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * An open GPIO character device. Lines that it gave out stay open when it is closed. What it throws
 * names the chip, the line, the line's owner where there is one, and the cure.
 */
final class GpioChip implements AutoCloseable {
  /** How we appear in {@code gpioinfo}. */
  static final String CONSUMER = "cityedge";

  private final Path device;
  private final int fd;

  private GpioChip(Path device, int fd) {
    this.device = device;
    this.fd = fd;
  }

  static GpioChip open(Path device) throws IOException {
    try {
      return new GpioChip(device, LibC.open(device));
    } catch (Errno e) {
      throw new IOException(
          switch (e.number) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                "there is no %s; chips here: %s; correct chip: or load the board's GPIO driver"
                    .formatted(device, chipsHere());
            case Errno.EACCES, Errno.EPERM ->
                "%s may not be opened by user %s; add it to the device's group (usually gpio)"
                    .formatted(device, System.getProperty("user.name"));
            default -> device + " cannot be opened: " + e.getMessage();
          },
          e);
    }
  }

  private static String chipsHere() {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(Path.of("/dev"), "gpiochip*")) {
      devices.forEach(path -> found.add(path.toString()));
    } catch (IOException e) {
      return "unknown, " + e.getMessage();
    }
    return found.isEmpty() ? "none" : String.join(", ", found.stream().sorted().toList());
  }

  /** Takes a line as an input with events on both edges. */
  GpioLine request(int offset, long flags, Duration debounce) throws IOException {
    String place = device + " line " + offset;
    try (Arena arena = Arena.ofConfined()) {
      GpioUapi.ChipInfo chip = info(arena);
      if (offset >= chip.lines()) {
        throw new IOException(
            "%s is not there; the chip (%s) has lines 0..%d; correct line:"
                .formatted(place, chip.label(), chip.lines() - 1));
      }
      MemorySegment request = GpioUapi.lineRequest(arena, offset, CONSUMER, flags, debounce);
      try {
        LibC.ioctl(fd, GpioUapi.GPIO_V2_GET_LINE_IOCTL, request);
      } catch (Errno e) {
        throw new IOException(refusal(place, offset, e), e);
      }
      return new GpioLine(GpioUapi.fdOf(request), place);
    }
  }

  private GpioUapi.ChipInfo info(Arena arena) throws IOException {
    MemorySegment info = arena.allocate(GpioUapi.GPIOCHIP_INFO);
    try {
      LibC.ioctl(fd, GpioUapi.GPIO_GET_CHIPINFO_IOCTL, info);
      return GpioUapi.chipInfo(info);
    } catch (Errno e) {
      throw new IOException(
          e.number == Errno.ENOTTY
              ? device + " is no GPIO character device; correct chip:"
              : device + " does not describe itself: " + e.getMessage(),
          e);
    }
  }

  private String refusal(String place, int offset, Errno e) {
    return switch (e.number) {
      case Errno.EBUSY ->
          "%s is taken by %s; stop that or choose another line".formatted(place, owner(offset));
      case Errno.EINVAL ->
          "%s does not take this bias or debounce; try bias: none and debounce: 0ms"
              .formatted(place);
      case Errno.ENXIO ->
          "%s gives no interrupts, so its edges cannot be seen; choose another line or chip"
              .formatted(place);
      default -> "%s cannot be taken: %s".formatted(place, e.getMessage());
    };
  }

  private String owner(int offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = GpioUapi.lineInfoOf(arena, offset);
      LibC.ioctl(fd, GpioUapi.GPIO_V2_GET_LINEINFO_IOCTL, info);
      String consumer = GpioUapi.lineInfo(info).consumer();
      return consumer.isEmpty() ? "an unnamed owner" : '"' + consumer + '"';
    } catch (Errno e) {
      return "an owner that the kernel does not name";
    }
  }

  @Override
  public void close() {
    LibC.close(fd);
  }
}
