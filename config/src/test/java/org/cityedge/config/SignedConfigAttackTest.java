package org.cityedge.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cityedge.config.SignedConfig.Floor;
import org.cityedge.config.SignedConfig.Situation;
import org.cityedge.config.SignedConfig.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Documents that nobody signed, made out of ones that somebody did. */
class SignedConfigAttackTest {
  /** 100,000 in the nightly profile. */
  private static final int CASES = Integer.getInteger("cityedge.attacks", 10_000);

  private final Signers signers = new Signers();
  private final long seed = System.nanoTime();
  private KeyList keys;

  @BeforeEach
  void issueKeys() throws ConfigException {
    System.out.println("SignedConfigAttackTest seed=" + seed + " cases=" + CASES);
    keys =
        signers.keys(
            1,
            1,
            signers.entry("cfg-1", "config", NOW + YEAR),
            signers.entry("city", "countersign", NOW + YEAR));
  }

  private boolean isAccepted(byte[] signed) {
    Situation situation =
        new Situation(
            "gw-0042",
            Order.Version.of("1.4.0"),
            new Floor(1, 57, "00", Instant.EPOCH),
            Instant.ofEpochSecond(NOW),
            true);
    Verdict<Integer> verdict =
        SignedConfig.judge(signed, keys, situation, s -> s.integer("threshold", 1, 100));
    return !(verdict instanceof Verdict.Refused<Integer>);
  }

  /**
   * Of a mutated document only one is followed that says the very same: JSON may be written with
   * other white space around its members, which no signature covers and which changes nothing.
   */
  @Test
  void followsNoMutatedDocument() throws ConfigException {
    List<byte[]> originals =
        List.of(signers.order(58, "cfg-1"), signers.order(58, "cfg-1", "city"));
    byte[] payload = Jws.parse(originals.getFirst(), SignedConfig.TYPE).payload();
    long accepted =
        LongStream.range(0, CASES)
            .parallel()
            .filter(
                i -> {
                  Random random = new Random(seed + i);
                  byte[] original = originals.get(random.nextInt(originals.size()));
                  byte[] mutated = Signers.mutated(original, random);
                  return isAccepted(mutated) && !isSame(mutated, payload);
                })
            .count();
    assertThat(accepted).isZero();
  }

  private static boolean isSame(byte[] mutated, byte[] payload) {
    try {
      return Arrays.equals(Jws.parse(mutated, SignedConfig.TYPE).payload(), payload);
    } catch (ConfigException e) {
      return false;
    }
  }

  /** The list of keys is the root of it all. */
  @Test
  void takesNoMutatedKeyList() throws ConfigException {
    byte[] original = signers.list(1, 1, signers.entry("cfg-1", "config", NOW + YEAR));
    byte[] payload = Jws.parse(original, KeyList.TYPE).payload();
    long taken =
        LongStream.range(0, CASES / 10)
            .parallel()
            .filter(
                i -> {
                  byte[] mutated = Signers.mutated(original, new Random(seed + i));
                  try {
                    KeyList.verify(mutated, signers.pair("root").getPublic());
                    return !Arrays.equals(Jws.parse(mutated, KeyList.TYPE).payload(), payload);
                  } catch (ConfigException e) {
                    return false;
                  }
                })
            .count();
    assertThat(taken).isZero();
  }

  /** S + L verifies where S is not checked (RFC 8032 §5.1.7), and R may be any point's spelling. */
  @Test
  void takesNoSecondSpellingOfASignature() throws ConfigException {
    Jws jws = Jws.parse(signers.order(58, "cfg-1"), SignedConfig.TYPE);
    Jws.Seal seal = jws.seals().getFirst();
    byte[] order =
        java.util.HexFormat.of()
            .parseHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    byte[] other = seal.signature().clone();
    int carry = 0;
    for (int i = 0; i < 32; i++) {
      carry += (other[32 + i] & 0xff) + (order[i] & 0xff);
      other[32 + i] = (byte) carry;
      carry >>= 8;
    }
    assertThat(carry).isZero();
    assertThat(Ed25519.verifies(signers.pair("cfg-1").getPublic(), seal.text(), seal.signature()))
        .isTrue();
    assertThat(Ed25519.verifies(signers.pair("cfg-1").getPublic(), seal.text(), other)).isFalse();
  }

  @Test
  void readsTheCorpusOfTheNightlySearch() throws Exception {
    URL corpus =
        SignedConfigAttackTest.class.getResource(
            "DocumentParserFuzzTestInputs/readsOrNamesWhatIsWrong");
    try (Stream<Path> files = Files.list(Path.of(requireNonNull(corpus).toURI()))) {
      List<Path> inputs = files.toList();
      assertThat(inputs).hasSizeGreaterThanOrEqualTo(9);
      for (Path input : inputs) {
        new DocumentParserFuzzTest().readsOrNamesWhatIsWrong(Files.readAllBytes(input));
      }
    }
  }
}
