package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.junit.jupiter.api.Test;

/**
 * Whatever a field device sends, nothing but the reader's own failure comes out; {@code
 * -Dcityedge.seed=N} repeats a run.
 */
class PayloadFuzzTest {
  private static final int ROUNDS = 20_000;
  private static final List<String> SEEDS =
      List.of(
          "21.5",
          "true",
          "{\"temperature\":21.5,\"open\":false,\"deep\":{\"a\":[1,2,{\"b\":3e5}]}}",
          "{\"bn\":\"/3303/0/\",\"bt\":1.748737800e+09,\"e\":[{\"n\":\"5700\",\"v\":21.5,\"t\":-30},"
              + "{\"n\":\"5700\",\"v\":21.4,\"t\":-60}]}",
          "[{\"bn\":\"urn:dev:x/\",\"bt\":1.320067464e+09,\"bu\":\"Cel\",\"bv\":2,\"bs\":1,"
              + "\"bver\":10,\"n\":\"temperature\",\"v\":20,\"s\":3,\"t\":-5,\"ut\":9},"
              + "{\"n\":\"open\",\"vb\":true},{\"n\":\"l\",\"vs\":\"\\u00e9\"},"
              + "{\"n\":\"d\",\"vd\":\"aGkg\"}]");
  private static final List<byte[]> BINARY_SEEDS =
      Stream.of(
              "a16b74656d706572617475726504",
              "83a82162612f2361432202240225010 06b74656d706572617475726502f94d600503",
              "9fbf006b74656d70657261747572650164 43656c2002c48221196ab3ffff",
              "a1190ce7a100a1191644f94d60",
              "08000de4164441ac0000e1157c01",
              "8606410001410105c10964")
          .map(digits -> HexFormat.of().parseHex(digits.replace(" ", "")))
          .toList();
  private static final int[] CONTENT_FORMATS = {0, 50, 60, 110, 112, 11_542, 11_544, 11_543};
  private static final List<String> PIECES =
      List.of(
          "1e309",
          "-",
          "\"bver\":99",
          "{\"",
          "[[[[[[[[[[[[[[[[[[[[",
          "null",
          "\\u0000",
          "9".repeat(70),
          "\"x_\":1,",
          "1e-999999999",
          "\"t\":-1e300,",
          "\"t\":1e300,",
          "]",
          "}",
          "\"",
          ",");

  @Test
  void survivesMutatedPayloads() {
    long seed = Long.getLong("cityedge.seed", System.nanoTime());
    System.out.println("PayloadFuzzTest seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    PayloadReader reader =
        new PayloadReader(
            PayloadReaderTest.config(
                Format.AUTO,
                new Field(new Channel("temperature", "Cel", -40, 85), "/temperature", "", false),
                new Field(Channel.flag("open"), "/open", "", false)));
    Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
    int read = 0;
    for (int i = 0; i < ROUNDS; i++) {
      byte[] payload =
          random.nextBoolean()
              ? mutated(SEEDS.get(random.nextInt(SEEDS.size())), random)
              : mutated(BINARY_SEEDS.get(random.nextInt(BINARY_SEEDS.size())), random);
      int contentFormat = CONTENT_FORMATS[random.nextInt(CONTENT_FORMATS.length)];
      try {
        List<Finding> findings = reader.read(payload, contentFormat);
        stamp(findings, clocks);
        assertThat(findings).isNotEmpty();
        read++;
      } catch (MalformedPayload e) {
        assertThat(e.getMessage()).hasSizeLessThan(400).matches("[ -~]*");
      } catch (RuntimeException | StackOverflowError e) {
        fail("seed " + seed + " round " + i + ": " + new String(payload, UTF_8), e);
      }
    }
    assertThat(read).as("payloads that could be read, seed %d", seed).isBetween(100, ROUNDS - 100);
  }

  @Test
  void readsTheCorpusOfTheNightlySearch() throws IOException, URISyntaxException {
    Path corpus =
        Path.of(
            PayloadFuzzTest.class.getResource("ParserFuzzTestInputs/saysMalformedOrReads").toURI());
    try (Stream<Path> files = Files.list(corpus)) {
      List<Path> inputs = files.toList();
      assertThat(inputs).hasSizeGreaterThanOrEqualTo(10);
      for (Path input : inputs) {
        new ParserFuzzTest().saysMalformedOrReads(Files.readAllBytes(input));
      }
    }
  }

  private static void stamp(List<Finding> findings, Clocks clocks) {
    List<Finding.Found> found =
        findings.stream()
            .filter(Finding.Found.class::isInstance)
            .map(Finding.Found.class::cast)
            .toList();
    MeasuringTimes times = new MeasuringTimes(clocks, System.nanoTime(), found);
    found.forEach(times::of);
  }

  private static byte[] mutated(String start, SplittableRandom random) {
    StringBuilder text = new StringBuilder(start);
    for (int n = random.nextInt(4); n > 0; n--) {
      int at = random.nextInt(text.length() + 1);
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
        case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(12)));
        case 2 -> text.setLength(at);
        default -> text.insert(at, text.substring(0, at));
      }
    }
    return withOtherBytes(text.toString().getBytes(UTF_8), random);
  }

  /** Cut off, or with a piece twice. */
  private static byte[] mutated(byte[] start, SplittableRandom random) {
    int cut = random.nextInt(start.length + 1);
    byte[] payload =
        switch (random.nextInt(3)) {
          case 0 -> start.clone();
          case 1 -> Arrays.copyOf(start, cut);
          default -> {
            byte[] longer = Arrays.copyOf(start, start.length + cut);
            System.arraycopy(start, 0, longer, start.length, cut);
            yield longer;
          }
        };
    return withOtherBytes(payload, random);
  }

  private static byte[] withOtherBytes(byte[] payload, SplittableRandom random) {
    for (int n = random.nextInt(3); n > 0 && payload.length > 0; n--) {
      payload[random.nextInt(payload.length)] = (byte) random.nextInt(256);
    }
    return payload;
  }
}
