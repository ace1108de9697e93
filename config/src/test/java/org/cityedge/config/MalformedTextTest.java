package org.cityedge.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What anybody may send, signed by nobody: whatever stands in it, it is read or refused. The parser
 * throws more than its own exceptions.
 */
class MalformedTextTest {
  /** 100,000 in the nightly profile. */
  private static final int CASES = Integer.getInteger("cityedge.attacks", 10_000);

  /** Directives, tags, escapes, block scalars: each kind of token once. */
  private static final String EVERY_TOKEN =
      """
      %YAML 1.2
      %TAG ! tag:x,2000:
      ---
      a: &x !<tag:a%20b> "\\U0001F600\\x41\\u1234\\
       b"
      b: |2-
         x
      c: [1, {d: 'e''f'}]
      ? [k]
      : !!str v
      d: >+
        fold
        ed
      # c
      """;

  private static final String LETTERS =
      "{}[],:?-!&*#|>@`%'\"\\\n\t 0123456789abcdefFFuUx~<>\u0085\u2028\ufeff\ud83d";

  private final Signers signers = new Signers();
  private KeyList keys;

  @BeforeEach
  void issueKeys() throws ConfigException {
    keys =
        signers.keys(
            1,
            1,
            signers.entry("cfg", "config", NOW + YEAR),
            signers.entry("cmd", "command", NOW + YEAR));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"payload\":\"\\UFFFFFFFF\",\"signatures\":[]}",
        "{\"payload\":\"\\U7FFFFFFF\",\"signatures\":[]}",
        "{\"payload\": !<tag:a%20> x, \"signatures\":[]}"
      })
  void isRefusedAsNotWellFormed(String text) {
    assertThatThrownBy(() -> ConfigLoader.parse("order", text, root -> 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is not well-formed YAML");
    assertThatThrownBy(() -> ConfigLoader.json("order", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is not well-formed YAML");
    assertThat(SignedConfig.signers(text.getBytes(UTF_8))).isEmpty();
    assertThat(order(text))
        .isInstanceOfSatisfying(
            SignedConfig.Verdict.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(SignedConfig.Code.SIG_INVALID));
    assertThat(command(text))
        .isInstanceOfSatisfying(
            SignedCommand.Verdict.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(SignedCommand.Code.SIG_INVALID));
  }

  private SignedConfig.Verdict<Integer> order(String text) {
    SignedConfig.Situation situation =
        new SignedConfig.Situation(
            "gw-0042",
            Order.Version.of("1.4.0"),
            SignedConfig.Floor.NONE,
            Instant.ofEpochSecond(NOW),
            true);
    return SignedConfig.judge(text.getBytes(UTF_8), keys, situation, MalformedTextTest::anything);
  }

  private SignedCommand.Verdict<Integer> command(String text) {
    SignedCommand.Situation situation =
        new SignedCommand.Situation("gw-0042", "output-set", Instant.ofEpochSecond(NOW), true);
    return SignedCommand.judge(text.getBytes(UTF_8), keys, situation, MalformedTextTest::anything);
  }

  private static int anything(Section section) {
    section.ignoreRest();
    return 1;
  }

  @Test
  void isReadOrRefusedWhateverStandsInIt() {
    long seed = System.nanoTime();
    for (int i = 0; i < CASES; i++) {
      Random random = new Random(seed + i);
      String text = mutated(random);
      try {
        int _ = ConfigLoader.parse("order", text, MalformedTextTest::anything);
        assertThat(ConfigLoader.json("order", text)).isNotEmpty();
      } catch (ConfigException e) {
        assertThat(e.problems()).as(text).isNotEmpty();
      } catch (RuntimeException e) {
        throw new AssertionError("seed %d made\n%s".formatted(seed + i, text), e);
      }
    }
  }

  private static String mutated(Random random) {
    StringBuilder text = new StringBuilder(EVERY_TOKEN);
    for (int left = 1 + random.nextInt(6); left > 0; left--) {
      int at = random.nextInt(text.length());
      char letter = LETTERS.charAt(random.nextInt(LETTERS.length()));
      switch (random.nextInt(3)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, letter);
        default -> text.setCharAt(at, letter);
      }
    }
    return text.toString();
  }
}
