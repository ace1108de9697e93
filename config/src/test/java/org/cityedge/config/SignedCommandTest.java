package org.cityedge.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.cityedge.config.SignedCommand.Code;
import org.cityedge.config.SignedCommand.Situation;
import org.cityedge.config.SignedCommand.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedCommandTest {
  private final Signers signers = new Signers();
  private KeyList keys;
  private boolean clockTrusted = true;
  private long now = NOW;

  @BeforeEach
  void issueKeys() throws ConfigException {
    keys =
        signers.keys(
            1,
            1,
            signers.entry("cmd", "command", NOW + YEAR),
            signers.entry("cmd-2", "command", NOW + YEAR),
            signers.entry("cmd-old", "command", NOW - 1),
            signers.entry("cfg", "config", NOW + YEAR),
            signers.entry("city", "countersign", NOW + YEAR));
  }

  private static String claims(String more) {
    return """
        {"typ":"command","verb":"output-set","aud":["gw-0042"],"jti":"01JWN93Q7H","iat":%d,"exp":%d,
        "by":"ops-li","args":{"seconds":30}%s}"""
        .formatted(NOW - 10, NOW + 290, more);
  }

  private Verdict<Integer> judge(byte[] signed) {
    return SignedCommand.judge(
        signed,
        keys,
        new Situation("gw-0042", "output-set", Instant.ofEpochSecond(now), clockTrusted),
        args -> args.integer("seconds", 1, 60));
  }

  private byte[] sign(String claims, String... names) {
    return signers.sign(claims, SignedCommand.TYPE, names);
  }

  private Code code(byte[] signed) {
    Verdict<Integer> verdict = judge(signed);
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    return ((Verdict.Refused<Integer>) verdict).code();
  }

  private Code codeOf(String old, String next) {
    String claims = claims("");
    assertThat(claims).contains(old);
    return code(sign(claims.replace(old, next), "cmd"));
  }

  @Test
  void acceptsWhatACommandKeyHasSigned() {
    assertThat(judge(sign(claims(""), "cmd")))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class,
            accepted -> {
              assertThat(accepted.arguments()).isEqualTo(30);
              assertThat(accepted.command().keyId()).isEqualTo("cmd");
              assertThat(accepted.command().by()).isEqualTo("ops-li");
            });
  }

  @Test
  void refusesKeysThatAreNotForCommands() {
    for (String name : new String[] {"cfg", "city", "cmd-old", "stranger"}) {
      assertThat(code(sign(claims(""), name))).as(name).isEqualTo(Code.KEY_UNKNOWN);
    }
    assertThat(code(sign(claims(""), "cmd", "cmd-2"))).isEqualTo(Code.SIG_INVALID);
    assertThat(code(signers.sign(claims(""), SignedConfig.TYPE, "cmd")))
        .as("a signature for a configuration serves no command")
        .isEqualTo(Code.SIG_INVALID);
    assertThat(code(claims("").getBytes(UTF_8))).isEqualTo(Code.SIG_INVALID);
  }

  @Test
  void refusesWhatIsMeantForSomebodyOrSomethingElse() {
    assertThat(codeOf("gw-0042", "gw-0043")).isEqualTo(Code.WRONG_AUDIENCE);
    assertThat(codeOf("output-set", "restart")).isEqualTo(Code.WRONG_VERB);
    assertThat(codeOf("\"seconds\":30", "\"seconds\":61")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf("\"seconds\":30", "\"seconds\":30,\"more\":1")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf("\"by\":", "\"gateway\":1,\"by\":")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf(",\"args\":{\"seconds\":30}", "")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf("" + (NOW + 290), "" + (NOW - 10 + 901))).isEqualTo(Code.BAD_REQUEST);
  }

  @Test
  void judgesTimesOnlyByAClockThatIsTrusted() {
    byte[] signed = sign(claims(""), "cmd");
    now = NOW + 290;
    assertThat(code(signed)).isEqualTo(Code.EXPIRED);
    now = NOW - 400;
    assertThat(code(signed)).isEqualTo(Code.NOT_YET);
    clockTrusted = false;
    assertThat(judge(signed)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void takesNoMutationOfASignedCommand() {
    byte[] signed = sign(claims(""), "cmd");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      byte[] other = Signers.mutated(signed, random);
      // White space in the envelope is covered by no signature.
      boolean same = Arrays.equals(strip(other), strip(signed));
      assertThat(judge(other) instanceof Verdict.Accepted).as("seed %d", seed).isEqualTo(same);
    }
  }

  private static byte[] strip(byte[] text) {
    return new String(text, UTF_8).replaceAll("[ \n\r\t]", "").getBytes(UTF_8);
  }

  @Test
  void signsNothingThatNoGatewayCouldTake(@TempDir Path folder) throws Exception {
    String raw = SigningKey.generate(folder.resolve("cmd-9.key"));
    SigningKey key = SigningKey.read(folder.resolve("cmd-9.key"));
    keys =
        signers.keys(
            1,
            1,
            "{\"kid\":\"cmd-9\",\"role\":\"command\",\"x\":\"%s\",\"exp\":%d}"
                .formatted(raw, NOW + YEAR));
    assertThat(judge(SignedCommand.sign(claims(""), key))).isInstanceOf(Verdict.Accepted.class);
    assertThatThrownBy(() -> SignedCommand.sign(claims("").replace("01JWN93Q7H", ""), key))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("jti");
  }
}
