package org.cityedge.drivers.gpio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import org.cityedge.drivers.ContactConfig.Bias;
import org.junit.jupiter.api.Test;

/**
 * The numbers come from a C program that printed sizeof, offsetof and the macros of
 * /usr/include/linux/gpio.h (linux-libc-dev 6.1, x86-64, gcc 12).
 */
class GpioUapiTest {
  private static long offset(StructLayout struct, String field) {
    return struct.byteOffset(PathElement.groupElement(field));
  }

  @Test
  void hasSizesOfTheHeader() {
    assertThat(GpioUapi.GPIOCHIP_INFO.byteSize()).isEqualTo(68);
    assertThat(GpioUapi.GPIO_V2_LINE_ATTRIBUTE.byteSize()).isEqualTo(16);
    assertThat(GpioUapi.GPIO_V2_LINE_CONFIG_ATTRIBUTE.byteSize()).isEqualTo(24);
    assertThat(GpioUapi.GPIO_V2_LINE_CONFIG.byteSize()).isEqualTo(272);
    assertThat(GpioUapi.GPIO_V2_LINE_REQUEST.byteSize()).isEqualTo(592);
    assertThat(GpioUapi.GPIO_V2_LINE_INFO.byteSize()).isEqualTo(256);
    assertThat(GpioUapi.GPIO_V2_LINE_VALUES.byteSize()).isEqualTo(16);
    assertThat(GpioUapi.GPIO_V2_LINE_EVENT.byteSize()).isEqualTo(48);
  }

  @Test
  void hasOffsetsOfTheHeader() {
    assertThat(offset(GpioUapi.GPIOCHIP_INFO, "label")).isEqualTo(32);
    assertThat(offset(GpioUapi.GPIOCHIP_INFO, "lines")).isEqualTo(64);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_ATTRIBUTE, "value")).isEqualTo(8);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_CONFIG_ATTRIBUTE, "mask")).isEqualTo(16);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_CONFIG, "num_attrs")).isEqualTo(8);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_CONFIG, "attrs")).isEqualTo(32);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_REQUEST, "consumer")).isEqualTo(256);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_REQUEST, "config")).isEqualTo(288);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_REQUEST, "num_lines")).isEqualTo(560);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_REQUEST, "event_buffer_size")).isEqualTo(564);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_REQUEST, "fd")).isEqualTo(588);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_INFO, "consumer")).isEqualTo(32);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_INFO, "offset")).isEqualTo(64);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_INFO, "flags")).isEqualTo(72);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_INFO, "attrs")).isEqualTo(80);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_VALUES, "mask")).isEqualTo(8);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_EVENT, "id")).isEqualTo(8);
    assertThat(offset(GpioUapi.GPIO_V2_LINE_EVENT, "line_seqno")).isEqualTo(20);
  }

  @Test
  void hasRequestNumbersOfTheHeader() {
    assertThat(GpioUapi.GPIO_GET_CHIPINFO_IOCTL).isEqualTo(0x8044b401L);
    assertThat(GpioUapi.GPIO_V2_GET_LINEINFO_IOCTL).isEqualTo(0xc100b405L);
    assertThat(GpioUapi.GPIO_V2_GET_LINE_IOCTL).isEqualTo(0xc250b407L);
    assertThat(GpioUapi.GPIO_V2_LINE_GET_VALUES_IOCTL).isEqualTo(0xc010b40eL);
  }

  @Test
  void writesLineRequest() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request =
          GpioUapi.lineRequest(arena, 17, "cityedge", 0x136, Duration.ofMillis(50), 1024);
      assertThat(request.get(JAVA_INT, 0)).isEqualTo(17);
      assertThat(request.getString(256)).isEqualTo("cityedge");
      assertThat(request.get(JAVA_LONG, 288)).isEqualTo(0x136);
      assertThat(request.get(JAVA_INT, 560)).isEqualTo(1);
      assertThat(request.get(JAVA_INT, 564)).as("event_buffer_size").isEqualTo(1024);
      assertThat(request.get(JAVA_INT, 296)).as("num_attrs").isEqualTo(1);
      assertThat(request.get(JAVA_INT, 320)).as("attribute id").isEqualTo(3);
      assertThat(request.get(JAVA_INT, 328)).as("debounce in us").isEqualTo(50_000);
      assertThat(request.get(JAVA_LONG, 336)).as("mask within the request").isEqualTo(1);
    }
  }

  @Test
  void writesOutputRequest() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = GpioUapi.outputRequest(arena, 4, "cityedge", 0x8, true);
      assertThat(request.get(JAVA_INT, 0)).isEqualTo(4);
      assertThat(request.get(JAVA_INT, 560)).isEqualTo(1);
      assertThat(request.get(JAVA_INT, 296)).as("num_attrs").isEqualTo(1);
      assertThat(request.get(JAVA_INT, 320)).as("attribute id").isEqualTo(2);
      assertThat(request.get(JAVA_LONG, 328)).as("values").isEqualTo(1);
      assertThat(request.get(JAVA_LONG, 336)).as("mask within the request").isEqualTo(1);
    }
  }

  @Test
  void asksForNoDebounceWhenItIsZero() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = GpioUapi.lineRequest(arena, 0, "x".repeat(40), 4, Duration.ZERO, 0);
      assertThat(request.get(JAVA_INT, 296)).isZero();
      assertThat(request.getString(256)).as("terminated by zero").hasSize(31);
    }
  }

  @Test
  void readsEdges() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(48, 8);
      event.set(JAVA_LONG, 0, 123_456_789L);
      event.set(JAVA_INT, 8, 1);
      event.set(JAVA_INT, 20, 7);
      assertThat(GpioUapi.edge(event)).isEqualTo(new Edge(true, 123_456_789L, 7));
      event.set(JAVA_INT, 8, 2);
      assertThat(GpioUapi.edge(event)).isEqualTo(new Edge(false, 123_456_789L, 7));
    }
  }

  @Test
  void readsOwnerOfLine() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = GpioUapi.lineInfoOf(arena, 17);
      assertThat(info.get(JAVA_INT, 64)).isEqualTo(17);
      byte[] owner = "spi0 CS0".getBytes(StandardCharsets.US_ASCII);
      MemorySegment.copy(owner, 0, info, JAVA_BYTE, 32, owner.length);
      info.set(JAVA_LONG, 72, 1L);
      assertThat(GpioUapi.lineInfo(info)).isEqualTo(new GpioUapi.LineInfo("", "spi0 CS0", 1, 0));
    }
  }

  /** Whatever bytes a kernel writes, reading them gives a value: 20,000 random structures. */
  @Test
  void readsAnyBytes() {
    SplittableRandom random = new SplittableRandom(42);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(GpioUapi.GPIO_V2_LINE_INFO);
      MemorySegment chip = arena.allocate(GpioUapi.GPIOCHIP_INFO);
      MemorySegment event = arena.allocate(GpioUapi.GPIO_V2_LINE_EVENT);
      for (int i = 0; i < 20_000; i++) {
        for (MemorySegment struct : new MemorySegment[] {info, chip, event}) {
          byte[] bytes = new byte[(int) struct.byteSize()];
          random.nextBytes(bytes);
          MemorySegment.copy(bytes, 0, struct, JAVA_BYTE, 0, bytes.length);
        }
        GpioUapi.LineInfo line = GpioUapi.lineInfo(info);
        assertThat(line.name().length()).isLessThanOrEqualTo(32);
        assertThat(line.consumer().length()).isLessThanOrEqualTo(32);
        assertThat(line.used()).isEqualTo((info.get(JAVA_LONG, 72) & 1) != 0);
        assertThat(ChipSurvey.listed(i, line).flags()).hasSizeLessThanOrEqualTo(9);
        assertThat(GpioUapi.chipInfo(chip).lines()).isEqualTo(chip.get(JAVA_INT, 64));
        assertThat(GpioUapi.edge(event))
            .isEqualTo(
                new Edge(
                    event.get(JAVA_INT, 8) == 1, event.get(JAVA_LONG, 0), event.get(JAVA_INT, 20)));
      }
    }
  }

  /** What is asked for stands in the request where the header puts it, and nothing else does. */
  @Test
  void writesAnyRequest() {
    SplittableRandom random = new SplittableRandom(43);
    for (int i = 0; i < 5_000; i++) {
      int offset = random.nextInt(512);
      long flags = random.nextLong();
      int micros = random.nextInt(10_000_001);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment request =
            GpioUapi.lineRequest(arena, offset, "c", flags, Duration.ofNanos(micros * 1000L), 64);
        assertThat(request.get(JAVA_INT, 0)).isEqualTo(offset);
        assertThat(request.get(JAVA_LONG, 288)).isEqualTo(flags);
        assertThat(request.get(JAVA_INT, 296)).isEqualTo(micros == 0 ? 0 : 1);
        assertThat(request.get(JAVA_INT, 328)).isEqualTo(micros);
        assertThat(request.asSlice(4, 252).toArray(JAVA_BYTE)).containsOnly(0);
        assertThat(request.asSlice(344, 216).toArray(JAVA_BYTE)).containsOnly(0);
        assertThat(request.asSlice(568, 24).toArray(JAVA_BYTE)).containsOnly(0);
      }
    }
  }

  @Test
  void readsDebounceOfLine() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = GpioUapi.lineInfoOf(arena, 3);
      info.set(JAVA_INT, 68, 1);
      info.set(JAVA_INT, 80, 3);
      info.set(JAVA_INT, 88, 50_000);
      info.set(JAVA_LONG, 72, 0x117L);
      ChipSurvey.Listed listed = ChipSurvey.listed(3, GpioUapi.lineInfo(info));
      assertThat(listed.flags())
          .containsExactly("active-low", "rising", "pull-up", "debounce 50000us");
      assertThat(listed.used()).isTrue();
      assertThat(listed.output()).isFalse();
    }
  }

  @Test
  void readsValueOfFirstLine() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = GpioUapi.valuesOfFirst(arena);
      assertThat(values.get(JAVA_LONG, 8)).isEqualTo(1);
      assertThat(GpioUapi.firstOf(values)).isFalse();
      values.set(JAVA_LONG, 0, 3L);
      assertThat(GpioUapi.firstOf(values)).isTrue();
    }
  }

  @Test
  void turnsConfigurationIntoFlags() {
    assertThat(flags(false, Bias.AS_IS)).isEqualTo(0x34);
    assertThat(flags(true, Bias.PULL_UP)).isEqualTo(0x136);
    assertThat(flags(false, Bias.PULL_DOWN)).isEqualTo(0x234);
    assertThat(flags(false, Bias.NONE)).isEqualTo(0x434);
  }

  private static long flags(boolean activeLow, Bias bias) {
    return Board.inputFlags(activeLow, bias);
  }
}
