package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.cityedge.config.SignedUpdate.Code;
import org.cityedge.config.SignedUpdate.Situation;
import org.cityedge.config.SignedUpdate.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedUpdateTest {
  private static final String CLAIMS =
      """
      {"typ":"update","seq":7,"version":"0.4.0","kernel":"6.12.57+deb13-arm64","bytes":8192,
      "sha256":"%s","iat":%d,"exp":%d,"by":"ops-li"}"""
          .formatted("0a".repeat(32), NOW - 10, NOW + YEAR);

  private final Signers signers = new Signers();
  private KeyList keys;

  @BeforeEach
  void issueKeys() throws ConfigException {
    keys =
        signers.keys(
            1,
            1,
            signers.entry("img", "update", NOW + YEAR),
            signers.entry("img-2", "update", NOW + YEAR),
            signers.entry("img-old", "update", NOW - 1),
            signers.entry("cfg", "config", NOW + YEAR),
            signers.entry("cmd", "command", NOW + YEAR));
  }

  private byte[] sign(String claims, String... names) {
    return signers.sign(claims, SignedUpdate.TYPE, names);
  }

  private Verdict judge(byte[] signed, boolean clockTrusted) {
    return SignedUpdate.judge(
        signed,
        keys,
        new Situation(7, "6.12.57+deb13-arm64", 8192, Instant.ofEpochSecond(NOW), clockTrusted));
  }

  private Code code(byte[] signed) {
    Verdict verdict = judge(signed, true);
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    return ((Verdict.Refused) verdict).code();
  }

  private Code codeOf(String old, String next) {
    assertThat(CLAIMS).contains(old);
    return code(sign(CLAIMS.replace(old, next), "img"));
  }

  @Test
  void acceptsWhatAnUpdateKeyHasSigned() {
    assertThat(judge(sign(CLAIMS, "img"), true))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class,
            accepted -> {
              assertThat(accepted.update().sequence()).isEqualTo(7);
              assertThat(accepted.update().bytes()).isEqualTo(8192);
              assertThat(accepted.update().keyId()).isEqualTo("img");
            });
  }

  @Test
  void refusesWhatIsSignedForAnythingElse() {
    assertThat(code(sign(CLAIMS, "cfg"))).isEqualTo(Code.KEY_UNKNOWN);
    assertThat(code(sign(CLAIMS, "cmd"))).isEqualTo(Code.KEY_UNKNOWN);
    assertThat(code(sign(CLAIMS, "img-old"))).isEqualTo(Code.KEY_UNKNOWN);
    assertThat(code(sign(CLAIMS, "img", "img-2"))).isEqualTo(Code.SIG_INVALID);
    assertThat(code(signers.sign(CLAIMS, SignedCommand.TYPE, "img"))).isEqualTo(Code.SIG_INVALID);
  }

  @Test
  void anUpdateKeySignsNoConfiguration() {
    SignedConfig.Verdict<String> verdict =
        SignedConfig.judge(
            signers.order(7, "img"),
            keys,
            new SignedConfig.Situation(
                "gw-0042",
                new Order.Version(1, 0, 0),
                SignedConfig.Floor.NONE,
                Instant.ofEpochSecond(NOW),
                true),
            _ -> "");
    assertThat(verdict)
        .isInstanceOfSatisfying(
            SignedConfig.Verdict.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(SignedConfig.Code.KEY_UNKNOWN));
  }

  @Test
  void refusesEachClaimThatDoesNotFit() {
    assertThat(codeOf("\"seq\":7", "\"seq\":6")).isEqualTo(Code.NOT_NEWER);
    assertThat(codeOf("6.12.57", "6.12.58")).isEqualTo(Code.WRONG_KERNEL);
    assertThat(codeOf("\"bytes\":8192", "\"bytes\":12288")).isEqualTo(Code.TOO_LARGE);
    assertThat(codeOf("\"bytes\":8192", "\"bytes\":8191")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf("\"bytes\":8192", "\"bytes\":0")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf("0a0a", "0A0A")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf("\"update\"", "\"command\"")).isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf(",\"by\":\"ops-li\"", ",\"by\":\"ops-li\",\"force\":true"))
        .isEqualTo(Code.BAD_REQUEST);
    assertThat(codeOf("" + (NOW + YEAR), "" + (NOW - 1))).isEqualTo(Code.EXPIRED);
  }

  @Test
  void judgesNoTimeWhileNobodyVouchesForTheClock() {
    byte[] late = sign(CLAIMS.replace("" + (NOW + YEAR), "" + (NOW - 1)), "img-old");
    assertThat(judge(late, false)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void noChangedByteIsAccepted() {
    byte[] signed = sign(CLAIMS, "img");
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      byte[] changed = Signers.mutated(signed, random);
      if (!Arrays.equals(changed, signed)) {
        assertThat(judge(changed, true)).isInstanceOf(Verdict.Refused.class);
      }
    }
  }

  @Test
  void signsNothingThatNoGatewayCouldTake(@TempDir Path folder) throws Exception {
    SigningKey.generate(folder.resolve("img.key"));
    SigningKey key = SigningKey.read(folder.resolve("img.key"));
    assertThat(SignedUpdate.sign(CLAIMS, key)).isNotEmpty();
    assertThatThrownBy(() -> SignedUpdate.sign(CLAIMS.replace("8192", "8191"), key))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("bytes")
        .hasMessageContaining("8191");
  }
}
