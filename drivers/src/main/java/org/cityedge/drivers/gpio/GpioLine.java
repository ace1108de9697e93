package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.drivers.linux.Errno;
import org.cityedge.drivers.linux.LibC;

/** A line that the kernel has given to us. Closed once, after the last use. */
final class GpioLine implements Line {
  private final int fd;
  private final String place;

  /**
   * @param place chip and line, for messages
   */
  GpioLine(int fd, String place) {
    this.fd = fd;
    this.place = place;
  }

  @Override
  public boolean isActive() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = GpioUapi.valuesOfFirst(arena);
      LibC.ioctl(fd, GpioUapi.GPIO_V2_LINE_GET_VALUES_IOCTL, values);
      return GpioUapi.firstOf(values);
    } catch (Errno e) {
      throw new IOException(place + " cannot be read any more: " + e.getMessage(), e);
    }
  }

  /** Of an output. */
  void set(boolean active) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = GpioUapi.valuesOfFirst(arena, active);
      LibC.ioctl(fd, GpioUapi.GPIO_V2_LINE_SET_VALUES_IOCTL, values);
    } catch (Errno e) {
      throw new IOException(place + " cannot be set any more: " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<Edge> await(Duration timeout) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      if (!LibC.poll(fd, timeout)) {
        return Optional.empty();
      }
      MemorySegment event = arena.allocate(GpioUapi.GPIO_V2_LINE_EVENT);
      long count = LibC.read(fd, event);
      if (count != event.byteSize()) {
        throw new IOException(place + " gave " + count + " bytes, an edge is " + event.byteSize());
      }
      return Optional.of(GpioUapi.edge(event));
    } catch (Errno e) {
      throw new IOException(place + " gives no edges any more: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    LibC.close(fd);
  }
}
