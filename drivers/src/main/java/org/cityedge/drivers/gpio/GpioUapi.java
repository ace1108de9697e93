package org.cityedge.drivers.gpio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The structures, numbers and flags of linux/gpio.h, uAPI v2, under their C names. Both of our
 * architectures are little-endian, 64 bits, and use the generic ioctl encoding.
 */
final class GpioUapi {
  private static final int GPIO_MAX_NAME_SIZE = 32;
  private static final int GPIO_V2_LINES_MAX = 64;
  private static final int GPIO_V2_LINE_NUM_ATTRS_MAX = 10;

  static final long GPIO_V2_LINE_FLAG_USED = 1L;
  static final long GPIO_V2_LINE_FLAG_ACTIVE_LOW = 1L << 1;
  static final long GPIO_V2_LINE_FLAG_INPUT = 1L << 2;
  static final long GPIO_V2_LINE_FLAG_OUTPUT = 1L << 3;
  static final long GPIO_V2_LINE_FLAG_EDGE_RISING = 1L << 4;
  static final long GPIO_V2_LINE_FLAG_EDGE_FALLING = 1L << 5;
  static final long GPIO_V2_LINE_FLAG_OPEN_DRAIN = 1L << 6;
  static final long GPIO_V2_LINE_FLAG_OPEN_SOURCE = 1L << 7;
  static final long GPIO_V2_LINE_FLAG_BIAS_PULL_UP = 1L << 8;
  static final long GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN = 1L << 9;
  static final long GPIO_V2_LINE_FLAG_BIAS_DISABLED = 1L << 10;

  private static final int GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES = 2;
  private static final int GPIO_V2_LINE_ATTR_ID_DEBOUNCE = 3;
  private static final int GPIO_V2_LINE_EVENT_RISING_EDGE = 1;

  private static final SequenceLayout NAME =
      MemoryLayout.sequenceLayout(GPIO_MAX_NAME_SIZE, JAVA_BYTE);

  static final StructLayout GPIOCHIP_INFO =
      MemoryLayout.structLayout(
          NAME.withName("name"), NAME.withName("label"), JAVA_INT.withName("lines"));

  static final StructLayout GPIO_V2_LINE_ATTRIBUTE =
      MemoryLayout.structLayout(
          JAVA_INT.withName("id"),
          JAVA_INT.withName("padding"),
          MemoryLayout.unionLayout(
                  JAVA_LONG.withName("flags"),
                  JAVA_LONG.withName("values"),
                  JAVA_INT.withName("debounce_period_us"))
              .withName("value"));

  static final StructLayout GPIO_V2_LINE_CONFIG_ATTRIBUTE =
      MemoryLayout.structLayout(
          GPIO_V2_LINE_ATTRIBUTE.withName("attr"), JAVA_LONG.withName("mask"));

  static final StructLayout GPIO_V2_LINE_CONFIG =
      MemoryLayout.structLayout(
          JAVA_LONG.withName("flags"),
          JAVA_INT.withName("num_attrs"),
          MemoryLayout.sequenceLayout(5, JAVA_INT).withName("padding"),
          MemoryLayout.sequenceLayout(GPIO_V2_LINE_NUM_ATTRS_MAX, GPIO_V2_LINE_CONFIG_ATTRIBUTE)
              .withName("attrs"));

  static final StructLayout GPIO_V2_LINE_REQUEST =
      MemoryLayout.structLayout(
          MemoryLayout.sequenceLayout(GPIO_V2_LINES_MAX, JAVA_INT).withName("offsets"),
          NAME.withName("consumer"),
          GPIO_V2_LINE_CONFIG.withName("config"),
          JAVA_INT.withName("num_lines"),
          JAVA_INT.withName("event_buffer_size"),
          MemoryLayout.sequenceLayout(5, JAVA_INT).withName("padding"),
          JAVA_INT.withName("fd"));

  static final StructLayout GPIO_V2_LINE_INFO =
      MemoryLayout.structLayout(
          NAME.withName("name"),
          NAME.withName("consumer"),
          JAVA_INT.withName("offset"),
          JAVA_INT.withName("num_attrs"),
          JAVA_LONG.withName("flags"),
          MemoryLayout.sequenceLayout(GPIO_V2_LINE_NUM_ATTRS_MAX, GPIO_V2_LINE_ATTRIBUTE)
              .withName("attrs"),
          MemoryLayout.sequenceLayout(4, JAVA_INT).withName("padding"));

  static final StructLayout GPIO_V2_LINE_VALUES =
      MemoryLayout.structLayout(JAVA_LONG.withName("bits"), JAVA_LONG.withName("mask"));

  static final StructLayout GPIO_V2_LINE_EVENT =
      MemoryLayout.structLayout(
          JAVA_LONG.withName("timestamp_ns"),
          JAVA_INT.withName("id"),
          JAVA_INT.withName("offset"),
          JAVA_INT.withName("seqno"),
          JAVA_INT.withName("line_seqno"),
          MemoryLayout.sequenceLayout(6, JAVA_INT).withName("padding"));

  static final long GPIO_GET_CHIPINFO_IOCTL = ior(0x01, GPIOCHIP_INFO);
  static final long GPIO_V2_GET_LINEINFO_IOCTL = iowr(0x05, GPIO_V2_LINE_INFO);
  static final long GPIO_V2_GET_LINE_IOCTL = iowr(0x07, GPIO_V2_LINE_REQUEST);
  static final long GPIO_V2_LINE_GET_VALUES_IOCTL = iowr(0x0E, GPIO_V2_LINE_VALUES);
  static final long GPIO_V2_LINE_SET_VALUES_IOCTL = iowr(0x0F, GPIO_V2_LINE_VALUES);

  private GpioUapi() {}

  /** {@code struct gpiochip_info}. */
  record ChipInfo(String name, String label, int lines) {}

  /**
   * {@code struct gpio_v2_line_info}.
   *
   * @param consumer who holds the line, empty when unnamed
   * @param debounceMicros what the kernel debounces the line with, unsigned; 0 when it does not
   */
  record LineInfo(String name, String consumer, long flags, int debounceMicros) {
    boolean used() {
      return has(GPIO_V2_LINE_FLAG_USED);
    }

    boolean has(long flag) {
      return (flags & flag) != 0;
    }
  }

  /** Direction, number and size in one word: asm-generic/ioctl.h, type 0xB4. */
  private static long ior(int number, MemoryLayout argument) {
    return 2L << 30 | argument.byteSize() << 16 | 0xB4 << 8 | number;
  }

  private static long iowr(int number, MemoryLayout argument) {
    return 1L << 30 | ior(number, argument);
  }

  /**
   * A request of one input; a debounce of zero asks for none.
   *
   * @param events how many edges the kernel is to keep for us, 0 for its own choice of 16; it gives
   *     at most 1024 (linereq_create in drivers/gpio/gpiolib-cdev.c)
   */
  static MemorySegment lineRequest(
      Arena arena, int offset, String consumer, long flags, Duration debounce, int events) {
    MemorySegment request = lineRequest(arena, offset, consumer, flags);
    request.set(JAVA_INT, at(GPIO_V2_LINE_REQUEST, "event_buffer_size"), events);
    if (debounce.isPositive()) {
      long value = firstAttribute(request, GPIO_V2_LINE_ATTR_ID_DEBOUNCE);
      request.set(JAVA_INT, value, Math.toIntExact(debounce.toNanos() / 1000));
    }
    return request;
  }

  /** A request of one output that has the value from its first instant on. */
  static MemorySegment outputRequest(
      Arena arena, int offset, String consumer, long flags, boolean active) {
    MemorySegment request = lineRequest(arena, offset, consumer, flags);
    long value = firstAttribute(request, GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES);
    request.set(JAVA_LONG, value, active ? 1L : 0L);
    return request;
  }

  /** Adds the one attribute, for the one line; where its value goes. */
  private static long firstAttribute(MemorySegment request, int id) {
    long config = at(GPIO_V2_LINE_REQUEST, "config");
    long attribute = config + at(GPIO_V2_LINE_CONFIG, "attrs");
    request.set(JAVA_INT, config + at(GPIO_V2_LINE_CONFIG, "num_attrs"), 1);
    request.set(JAVA_INT, attribute, id);
    // The mask counts lines within this request, not on the chip: bit 0 is the one asked for.
    request.set(JAVA_LONG, attribute + at(GPIO_V2_LINE_CONFIG_ATTRIBUTE, "mask"), 1L);
    return attribute + at(GPIO_V2_LINE_ATTRIBUTE, "value");
  }

  private static MemorySegment lineRequest(Arena arena, int offset, String consumer, long flags) {
    MemorySegment request = arena.allocate(GPIO_V2_LINE_REQUEST);
    request.set(JAVA_INT, at(GPIO_V2_LINE_REQUEST, "offsets"), offset);
    byte[] name = consumer.getBytes(StandardCharsets.US_ASCII);
    long consumerAt = at(GPIO_V2_LINE_REQUEST, "consumer");
    int length = Math.min(name.length, GPIO_MAX_NAME_SIZE - 1);
    MemorySegment.copy(name, 0, request, JAVA_BYTE, consumerAt, length);
    request.set(JAVA_INT, at(GPIO_V2_LINE_REQUEST, "num_lines"), 1);
    MemorySegment config = request.asSlice(at(GPIO_V2_LINE_REQUEST, "config"), GPIO_V2_LINE_CONFIG);
    config.set(JAVA_LONG, at(GPIO_V2_LINE_CONFIG, "flags"), flags);
    return request;
  }

  static int fdOf(MemorySegment request) {
    return request.get(JAVA_INT, at(GPIO_V2_LINE_REQUEST, "fd"));
  }

  static ChipInfo chipInfo(MemorySegment info) {
    return new ChipInfo(
        name(info, at(GPIOCHIP_INFO, "name")),
        name(info, at(GPIOCHIP_INFO, "label")),
        info.get(JAVA_INT, at(GPIOCHIP_INFO, "lines")));
  }

  static MemorySegment lineInfoOf(Arena arena, int offset) {
    MemorySegment info = arena.allocate(GPIO_V2_LINE_INFO);
    info.set(JAVA_INT, at(GPIO_V2_LINE_INFO, "offset"), offset);
    return info;
  }

  static LineInfo lineInfo(MemorySegment info) {
    return new LineInfo(
        name(info, at(GPIO_V2_LINE_INFO, "name")),
        name(info, at(GPIO_V2_LINE_INFO, "consumer")),
        info.get(JAVA_LONG, at(GPIO_V2_LINE_INFO, "flags")),
        debounceMicros(info));
  }

  private static int debounceMicros(MemorySegment info) {
    int attributes = info.get(JAVA_INT, at(GPIO_V2_LINE_INFO, "num_attrs"));
    for (int i = 0; i < Math.clamp(attributes, 0, GPIO_V2_LINE_NUM_ATTRS_MAX); i++) {
      long attribute = at(GPIO_V2_LINE_INFO, "attrs") + i * GPIO_V2_LINE_ATTRIBUTE.byteSize();
      if (info.get(JAVA_INT, attribute) == GPIO_V2_LINE_ATTR_ID_DEBOUNCE) {
        return info.get(JAVA_INT, attribute + at(GPIO_V2_LINE_ATTRIBUTE, "value"));
      }
    }
    return 0;
  }

  /**
   * A name of at most 32 bytes. The kernel ends each with a zero byte; one without, or with bytes
   * that are no UTF-8 (a device tree may hold anything), still gives a string.
   */
  private static String name(MemorySegment struct, long at) {
    byte[] bytes = struct.asSlice(at, GPIO_MAX_NAME_SIZE).toArray(JAVA_BYTE);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** Asks for the value of the request's first line. */
  static MemorySegment valuesOfFirst(Arena arena) {
    MemorySegment values = arena.allocate(GPIO_V2_LINE_VALUES);
    values.set(JAVA_LONG, at(GPIO_V2_LINE_VALUES, "mask"), 1L);
    return values;
  }

  /** Sets the value of the request's first line. */
  static MemorySegment valuesOfFirst(Arena arena, boolean active) {
    MemorySegment values = valuesOfFirst(arena);
    values.set(JAVA_LONG, at(GPIO_V2_LINE_VALUES, "bits"), active ? 1L : 0L);
    return values;
  }

  static boolean firstOf(MemorySegment values) {
    return (values.get(JAVA_LONG, at(GPIO_V2_LINE_VALUES, "bits")) & 1) != 0;
  }

  /** The time is CLOCK_MONOTONIC, the clock of {@link System#nanoTime} on Linux. */
  static Edge edge(MemorySegment event) {
    int id = event.get(JAVA_INT, at(GPIO_V2_LINE_EVENT, "id"));
    return new Edge(
        id == GPIO_V2_LINE_EVENT_RISING_EDGE,
        event.get(JAVA_LONG, at(GPIO_V2_LINE_EVENT, "timestamp_ns")),
        event.get(JAVA_INT, at(GPIO_V2_LINE_EVENT, "line_seqno")));
  }

  private static long at(StructLayout struct, String field) {
    return struct.byteOffset(PathElement.groupElement(field));
  }
}
