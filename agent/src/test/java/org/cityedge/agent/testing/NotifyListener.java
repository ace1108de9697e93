package org.cityedge.agent.testing;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.cityedge.drivers.linux.LibC;

/** The service manager's end of sd_notify: a real datagram socket of this machine. */
public final class NotifyListener implements AutoCloseable {
  private final int fd;
  private final Thread reader;
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  private NotifyListener(int fd) {
    this.fd = fd;
    this.reader = Thread.ofPlatform().daemon().start(this::read);
  }

  /**
   * @param name a path, or {@code @} and an abstract name
   */
  public static NotifyListener bind(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes[0] == '@') {
      bytes[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      int fd =
          (int)
              call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT))
                  .invokeExact(1, 2, 0);
      MemorySegment address = arena.allocate(110, 2);
      address.set(JAVA_SHORT, 0, (short) 1);
      MemorySegment.copy(bytes, 0, address, JAVA_BYTE, 2, bytes.length);
      int length = 2 + bytes.length + (bytes[0] == 0 ? 0 : 1);
      int bound =
          (int)
              call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT))
                  .invokeExact(fd, address, length);
      if (fd < 0 || bound != 0) {
        throw new IllegalStateException("cannot listen at " + name);
      }
      return new NotifyListener(fd);
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(4096);
      while (!closed) {
        if (LibC.poll(fd, Duration.ofMillis(50))) {
          byte[] message = buffer.asSlice(0, LibC.read(fd, buffer)).toArray(JAVA_BYTE);
          messages.add(new String(message, StandardCharsets.UTF_8));
        }
      }
    } catch (java.io.IOException e) {
      messages.add("broken: " + e.getMessage());
    }
  }

  /** What came so far, the oldest first. */
  public List<String> messages() {
    return List.copyOf(messages);
  }

  @Override
  public void close() {
    closed = true;
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    LibC.close(fd);
  }
}
