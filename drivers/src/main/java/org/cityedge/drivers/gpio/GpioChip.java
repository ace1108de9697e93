package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.cityedge.drivers.linux.Errno;
import org.cityedge.drivers.linux.LibC;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open GPIO character device. Lines that it gave out stay open when it is closed. What it throws
 * names the chip, the line, the line's owner where there is one, and the cure.
 */
final class GpioChip implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GpioChip.class);

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

  /** The devices of this machine, by the number in their names. */
  static List<Path> devices() throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(Path.of("/dev"), "gpiochip*")) {
      devices.forEach(found::add);
    }
    found.sort(
        Comparator.<Path>comparingInt(path -> path.toString().length())
            .thenComparing(Comparator.naturalOrder()));
    return found;
  }

  private static String chipsHere() {
    try {
      List<Path> found = devices();
      return found.isEmpty()
          ? "none"
          : found.stream().map(Path::toString).collect(Collectors.joining(", "));
    } catch (IOException e) {
      return "unknown, " + e.getMessage();
    }
  }

  /**
   * Takes a line as an input that is debounced: by the kernel, in the chip where it can and in
   * software where it cannot; where the kernel refuses to, here, and the log says so.
   *
   * @param events how many edges the kernel is to keep, 0 for its own choice
   */
  Line requestDebounced(int offset, long flags, Duration debounce, int events) throws IOException {
    try {
      return request(offset, flags, debounce, events);
    } catch (IOException e) {
      boolean refused =
          e.getCause() instanceof Errno errno
              && switch (errno.number) {
                case Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOTSUPP -> true;
                default -> false;
              };
      if (!refused || !debounce.isPositive()) {
        throw e;
      }
      Line line = request(offset, flags, Duration.ZERO, events);
      log.warn(
          "The kernel does not debounce this line, so the agent does; under load short pulses may"
              + " pass. chip={} line={} debounceMs={}",
          device,
          offset,
          debounce.toMillis());
      return new DebouncedLine(line, debounce);
    }
  }

  /**
   * Takes a line as an input.
   *
   * @param events how many edges the kernel is to keep, 0 for its own choice
   */
  GpioLine request(int offset, long flags, Duration debounce, int events) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return take(offset, GpioUapi.lineRequest(arena, offset, CONSUMER, flags, debounce, events));
    }
  }

  /** Takes a line as an output that has the value from its first instant on. */
  GpioLine requestOutput(int offset, long flags, boolean active) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return take(offset, GpioUapi.outputRequest(arena, offset, CONSUMER, flags, active));
    }
  }

  private GpioLine take(int offset, MemorySegment request) throws IOException {
    String place = device + " line " + offset;
    GpioUapi.ChipInfo chip = info();
    if (offset < 0 || offset >= chip.lines()) {
      throw new IOException(
          "%s is not there; the chip (%s) has lines 0..%d; correct line:"
              .formatted(place, chip.label(), chip.lines() - 1));
    }
    try {
      LibC.ioctl(fd, GpioUapi.GPIO_V2_GET_LINE_IOCTL, request);
    } catch (Errno e) {
      throw new IOException(refusal(place, offset, e), e);
    }
    return new GpioLine(GpioUapi.fdOf(request), place);
  }

  GpioUapi.ChipInfo info() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(GpioUapi.GPIOCHIP_INFO);
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
      case Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOTSUPP ->
          "%s does not take this bias or debounce; try bias: none and debounce: 0ms"
              .formatted(place);
      case Errno.ENXIO ->
          "%s gives no interrupts, so its edges cannot be seen; choose another line or chip"
              .formatted(place);
      default -> "%s cannot be taken: %s".formatted(place, e.getMessage());
    };
  }

  /** What the kernel knows of a line, whoever holds it. */
  GpioUapi.LineInfo lineInfo(int offset) throws Errno {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = GpioUapi.lineInfoOf(arena, offset);
      LibC.ioctl(fd, GpioUapi.GPIO_V2_GET_LINEINFO_IOCTL, info);
      return GpioUapi.lineInfo(info);
    }
  }

  private String owner(int offset) {
    try {
      String consumer = lineInfo(offset).consumer();
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
