package org.cityedge.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.cityedge.config.SignedConfig.Code;
import org.cityedge.config.SignedConfig.Floor;
import org.cityedge.config.SignedConfig.Situation;
import org.cityedge.config.SignedConfig.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 1 to 8 of config.md §4, as far as they are judged and not applied. */
class SignedConfigTest {
  private final Signers signers = new Signers();
  private KeyList keys;
  private Floor floor = new Floor(1, 57, "00", Instant.EPOCH);
  private boolean clockTrusted = true;
  private Instant now = Instant.ofEpochSecond(NOW);

  @BeforeEach
  void issueKeys() throws ConfigException {
    keys = list(1);
  }

  private KeyList list(int required) throws ConfigException {
    return signers.keys(
        1,
        required,
        signers.entry("cfg-1", "config", NOW + YEAR),
        signers.entry("cfg-old", "config", NOW - 1),
        signers.entry("city", "countersign", NOW + YEAR),
        signers.entry("cmd", "command", NOW + YEAR));
  }

  private Verdict<Integer> judge(byte[] signed) {
    Situation situation =
        new Situation("gw-0042", Order.Version.of("1.4.0"), floor, now, clockTrusted);
    return SignedConfig.judge(signed, keys, situation, s -> s.integer("threshold", 1, 100));
  }

  private Code code(byte[] signed) {
    Verdict<Integer> verdict = judge(signed);
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    return ((Verdict.Refused<Integer>) verdict).code();
  }

  private Code codeOf(String claims) {
    return code(signers.sign(claims, SignedConfig.TYPE, "cfg-1"));
  }

  @Test
  void acceptsWhatIsSignedAndNewer() {
    byte[] signed = signers.order(58, "cfg-1");
    assertThat(judge(signed))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class,
            accepted -> {
              assertThat(accepted.config()).isEqualTo(30);
              assertThat(accepted.clockUntrusted()).isFalse();
              Order order = accepted.order();
              assertThat(order.by()).isEqualTo("ops-li");
              assertThat(order.gate().deadline()).isEqualTo(Duration.ofSeconds(90));
              assertThat(order.gate().needs())
                  .containsExactly(
                      new Order.Need.Broker(),
                      new Order.Need.Queue(),
                      new Order.Need.Delivering(Order.Need.Kind.CAMERAS, 1, false),
                      new Order.Need.Delivering(Order.Need.Kind.SENSORS, 80, true));
            });
  }

  /** Row 1. */
  @Test
  void refusesAnUnknownAnExpiredAndAnUnfitKey() {
    assertThat(code(signers.order(58, "stranger"))).isEqualTo(Code.KEY_UNKNOWN);
    assertThat(code(signers.order(58, "cfg-old"))).isEqualTo(Code.KEY_UNKNOWN);
    assertThat(code(signers.order(58, "cmd"))).isEqualTo(Code.KEY_UNKNOWN);
    assertThat(code(signers.order(58, "cfg-1", "cmd"))).isEqualTo(Code.KEY_UNKNOWN);
    clockTrusted = false;
    assertThat(judge(signers.order(58, "cfg-old"))).isInstanceOf(Verdict.Accepted.class);
  }

  /** Row 1. */
  @Test
  void refusesASignatureOfAnotherDocumentKeyOrPurpose() throws Exception {
    String one = new String(signers.order(58, "cfg-1"), UTF_8);
    String two = new String(signers.order(59, "cfg-1"), UTF_8);
    String mixed =
        two.substring(0, two.indexOf("signatures")) + one.substring(one.indexOf("signatures"));
    assertThat(code(mixed.getBytes(UTF_8))).isEqualTo(Code.SIG_INVALID);
    String header = Base64Url.encode(header("cfg-1").getBytes(UTF_8));
    String renamed = Base64Url.encode(header("city").getBytes(UTF_8));
    assertThat(one).contains(header);
    assertThat(code(one.replace(header, renamed).getBytes(UTF_8))).isEqualTo(Code.SIG_INVALID);
    byte[] asKeys = signers.sign(Signers.claims(58, ""), KeyList.TYPE, "cfg-1");
    assertThat(code(asKeys)).isEqualTo(Code.SIG_INVALID);
  }

  private static String header(String key) {
    return "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"cityedge-config+jws\"}".formatted(key);
  }

  /** RFC 7515 §4.1.11: what is critical and not understood ends it; so does any other extra. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"alg\":\"EdDSA\",\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"EdDSA\",\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\",\"crit\":[]}",
        "{\"alg\":\"EdDSA\",\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\",\"jwk\":{}}",
        "{\"alg\":\"none\",\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\"}",
        "{\"alg\":\"HS256\",\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\"}",
        "{\"alg\":\"eddsa\",\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\"}",
        "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\",\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"cfg-1\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"cityedge-config+jws\"}",
        "{\"kid\":\"cfg-1\",\"typ\":\"cityedge-config+jws\"}",
        "[]",
        "{"
      })
  void takesNoOtherHeaderAlthoughItIsSigned(String header) {
    String protectedHeader = Base64Url.encode(header.getBytes(UTF_8));
    String payload = Base64Url.encode(Signers.claims(58, "").getBytes(UTF_8));
    byte[] signature =
        Ed25519.sign(
            signers.pair("cfg-1").getPrivate(), (protectedHeader + "." + payload).getBytes(UTF_8));
    String signed =
        "{\"payload\":\"%s\",\"signatures\":[{\"protected\":\"%s\",\"signature\":\"%s\"}]}"
            .formatted(payload, protectedHeader, Base64Url.encode(signature));
    assertThat(code(signed.getBytes(UTF_8))).isEqualTo(Code.SIG_INVALID);
  }

  @Test
  void takesNoOtherEnvelope() {
    String good = new String(signers.order(58, "cfg-1"), UTF_8);
    for (String bad :
        List.of(
            "",
            "{}",
            good.replace("{\"payload\"", "{\"header\":{},\"payload\""),
            good.replace("\"signature\":", "\"header\":{\"alg\":\"none\"},\"signature\":"),
            good.replace("\"signatures\":[", "\"signatures\":[],\"x\":["),
            good + good,
            good.replace("}]}", "}]}" + "=".repeat(3)),
            "[" + good + "]")) {
      assertThat(code(bad.getBytes(UTF_8))).as(bad).isEqualTo(Code.SIG_INVALID);
    }
    // The same bytes in another spelling of base 64 would have another hash.
    String padded = good.replace("\",\"signatures\"", "=\",\"signatures\"");
    assertThat(code(padded.getBytes(UTF_8))).isEqualTo(Code.SIG_INVALID);
  }

  @Test
  void needsAsManySignaturesAsTheKeysAsk() throws Exception {
    keys = list(2);
    assertThat(code(signers.order(58, "cfg-1"))).isEqualTo(Code.SIG_INVALID);
    assertThat(code(signers.order(58, "city"))).isEqualTo(Code.SIG_INVALID);
    assertThat(judge(signers.order(58, "cfg-1", "city"))).isInstanceOf(Verdict.Accepted.class);
    keys = list(1);
    assertThat(code(signers.order(58, "city"))).as("never alone").isEqualTo(Code.SIG_INVALID);
  }

  /** Row 2. */
  @Test
  void refusesWhatIsForAnother() {
    String other = Signers.claims(58, "").replace(",\"gw-0042\"", "");
    assertThat(codeOf(other)).isEqualTo(Code.WRONG_AUDIENCE);
  }

  /** Rows 3 and 4. */
  @Test
  void knowsAReplayAnOlderOneAndAReusedNumber() {
    byte[] signed = signers.order(58, "cfg-1");
    Verdict.Accepted<Integer> accepted = (Verdict.Accepted<Integer>) judge(signed);
    floor = SignedConfig.floor(keys, accepted.order(), accepted.sha256());
    assertThat(judge(signed)).isInstanceOf(Verdict.Repeated.class);
    String wrapped = new String(signed, UTF_8).replace(",\"signatures\"", ",\n \"signatures\"");
    assertThat(judge(wrapped.getBytes(UTF_8))).isInstanceOf(Verdict.Repeated.class);
    assertThat(code(signers.order(57, "cfg-1"))).isEqualTo(Code.SEQ_STALE);
    assertThat(codeOf(Signers.claims(58, " "))).isEqualTo(Code.SEQ_REUSED);
  }

  @Test
  void beginsToCountAnewWithANewEpochOfKeys() throws Exception {
    keys = signers.keys(2, 1, signers.entry("cfg-1", "config", NOW + YEAR));
    assertThat(judge(signers.order(1, "cfg-1"))).isInstanceOf(Verdict.Accepted.class);
  }

  /** Row 3: a new key list makes nothing valid again that came before it. */
  @Test
  void knowsAReplayAndAnOlderOneUnderANewEpochOfKeys() throws Exception {
    byte[] signed = signers.order(58, "cfg-1");
    Verdict.Accepted<Integer> accepted = (Verdict.Accepted<Integer>) judge(signed);
    floor = SignedConfig.floor(keys, accepted.order(), accepted.sha256());
    keys = signers.keys(2, 1, signers.entry("cfg-1", "config", NOW + YEAR));
    assertThat(judge(signed)).isInstanceOf(Verdict.Repeated.class);
    assertThat(codeOf(Signers.claims(12, NOW - 600, ""))).isEqualTo(Code.SEQ_STALE);
    assertThat(codeOf(Signers.claims(59, NOW - 60, ""))).isEqualTo(Code.SEQ_STALE);
    byte[] later = signers.sign(Signers.claims(1, NOW - 59, ""), SignedConfig.TYPE, "cfg-1");
    assertThat(judge(later)).isInstanceOf(Verdict.Accepted.class);
  }

  /** Row 5. */
  @Test
  void judgesTheTimesOfATrustedClock() {
    now = Instant.ofEpochSecond(NOW + YEAR);
    keys = keysFor(2 * YEAR);
    assertThat(code(signers.order(58, "cfg-1"))).isEqualTo(Code.EXPIRED);
    now = Instant.ofEpochSecond(NOW);
    assertThat(codeOf(Signers.claims(58, ",\"nbf\":" + (NOW + 1)))).isEqualTo(Code.NOT_YET);
    assertThat(
            judge(signers.sign(Signers.claims(58, ",\"nbf\":" + NOW), SignedConfig.TYPE, "cfg-1")))
        .isInstanceOf(Verdict.Accepted.class);
  }

  private KeyList keysFor(long seconds) {
    try {
      return signers.keys(1, 1, signers.entry("cfg-1", "config", NOW + seconds));
    } catch (ConfigException e) {
      throw new AssertionError(e);
    }
  }

  /** Row 6. */
  @Test
  void marksWhatAnUntrustedClockCannotJudge() {
    clockTrusted = false;
    now = Instant.EPOCH;
    assertThat(
            judge(signers.sign(Signers.claims(58, ",\"nbf\":" + NOW), SignedConfig.TYPE, "cfg-1")))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class, accepted -> assertThat(accepted.clockUntrusted()).isTrue());
    assertThat(code(signers.order(57, "cfg-1"))).isEqualTo(Code.SEQ_REUSED);
  }

  /** Row 6, once the clock is right. */
  @Test
  void judgesTheTimesOfTheOrderAndItsKeysAgainOnceTheClockIsRight() throws Exception {
    byte[] signed =
        signers.sign(Signers.claims(58, ",\"nbf\":" + NOW), SignedConfig.TYPE, "cfg-1", "city");
    assertThat(untimely(signed)).isEmpty();
    now = Instant.ofEpochSecond(NOW - 1);
    assertThat(untimely(signed)).contains(Code.NOT_YET);
    now = Instant.ofEpochSecond(NOW);
    assertThat(untimely(signers.order(58, "cfg-old"))).contains(Code.KEY_UNKNOWN);
    assertThat(untimely(signers.order(58, "cfg-1", "cfg-old"))).contains(Code.KEY_UNKNOWN);
    assertThat(untimely(signers.order(58, "cfg-gone"))).contains(Code.KEY_UNKNOWN);
    keys = keysFor(2 * YEAR);
    now = Instant.ofEpochSecond(NOW + YEAR - 1);
    assertThat(untimely(signers.order(58, "cfg-1"))).isEmpty();
    now = Instant.ofEpochSecond(NOW + YEAR);
    assertThat(untimely(signers.order(58, "cfg-1"))).contains(Code.EXPIRED);
  }

  private Optional<Code> untimely(byte[] signed) {
    return SignedConfig.untimely(signed, keys, now).map(Verdict.Refused::code);
  }

  /** Row 7. */
  @Test
  void holdsAJumpForASecondSignature() {
    long far = floor.sequence() + SignedConfig.MOST_JUMP;
    assertThat(judge(signers.order(far, "cfg-1"))).isInstanceOf(Verdict.Accepted.class);
    assertThat(code(signers.order(far + 1, "cfg-1"))).isEqualTo(Code.SEQ_JUMP);
    assertThat(judge(signers.order(far + 1, "cfg-1", "city"))).isInstanceOf(Verdict.Accepted.class);
  }

  /** Row 8. */
  @Test
  void listsWhatIsWrongInTheConfigurationAndInTheClaims() {
    Verdict<Integer> verdict = judge(signers.sign(wrongConfig(), SignedConfig.TYPE, "cfg-1"));
    Verdict.Refused<Integer> refused = (Verdict.Refused<Integer>) verdict;
    assertThat(refused.code()).isEqualTo(Code.SCHEMA);
    assertThat(refused.order()).isPresent();
    assertThat(refused.problems().toString())
        .contains("config.threshold", "must be a whole number 1..100", "config.extra");
    assertThat(codeOf(Signers.claims(58, ",\"more\":1"))).isEqualTo(Code.SCHEMA);
    assertThat(codeOf(Signers.claims(58, ",\"seq\":59"))).isEqualTo(Code.SCHEMA);
    assertThat(codeOf(Signers.claims(58, "").replace("sensors>=80%", "sensors>=101%")))
        .isEqualTo(Code.SCHEMA);
    assertThat(codeOf(Signers.claims(58, ",\"minAgent\":\"1.4.1\""))).isEqualTo(Code.AGENT_TOO_OLD);
    assertThat(codeOf(Signers.claims(58, ",\"minAgent\":\"new\""))).isEqualTo(Code.SCHEMA);
  }

  private static String wrongConfig() {
    return Signers.claims(58, "")
        .replace("{\"threshold\":30}", "{\"threshold\":300,\"extra\":true}");
  }

  /** What an order brings on a stick goes to a root's shell: plain names and one line only. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"files\":[{\"name\":\"keys/root.pub.json\",\"sha256\":\"HASH\"}]}",
        "{\"files\":[{\"name\":\"secrets/../../ssh/key\",\"sha256\":\"HASH\"}]}",
        "{\"files\":[{\"name\":\"secrets/.hidden\",\"sha256\":\"HASH\"}]}",
        "{\"files\":[{\"name\":\"secrets/a b\",\"sha256\":\"HASH\"}]}",
        "{\"files\":[{\"name\":\"secrets/a\\nsshKey off\",\"sha256\":\"HASH\"}]}",
        "{\"files\":[{\"name\":\"secrets/a\",\"sha256\":\"abc\"}]}",
        "{\"files\":[{\"name\":\"secrets/a\"}]}",
        "{\"files\":[{\"name\":\"secrets/a\",\"sha256\":\"HASH\"},{\"name\":\"secrets/a\",\"sha256\":\"HASH\"}]}",
        "{\"sshKey\":\"ssh-rsa AAAA\"}",
        "{\"sshKey\":\"ssh-ed25519 AAAA ops-li\\nssh-ed25519 BBBB\"}",
        "{\"sshKey\":\"command=id ssh-ed25519 AAAA\"}",
        "{\"more\":1}"
      })
  void refusesASitePartThatIsNotPlain(String site) {
    String claims = Signers.claims(58, ",\"site\":" + site.replace("HASH", "0".repeat(64)));
    assertThat(codeOf(claims)).isEqualTo(Code.SCHEMA);
  }

  @Test
  void takesASitePartOfAtMost32Files() {
    assertThat(judge(signers.sign(withFiles(32), SignedConfig.TYPE, "cfg-1")))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class,
            accepted ->
                assertThat(accepted.order().site().orElseThrow().files())
                    .hasSize(32)
                    .contains(new SitePart.Brought("models/m1", "0".repeat(64))));
    assertThat(codeOf(withFiles(33))).isEqualTo(Code.SCHEMA);
  }

  private static String withFiles(int count) {
    return Signers.claims(
        58,
        IntStream.range(0, count)
            .mapToObj(n -> "{\"name\":\"models/m%d\",\"sha256\":\"%064d\"}".formatted(n, 0))
            .collect(Collectors.joining(",", ",\"site\":{\"files\":[", "]}")));
  }

  @Test
  void readsNoFurtherThanItsLimits() {
    String deep = "[".repeat(30_000) + "]".repeat(30_000);
    assertThat(codeOf(Signers.claims(58, ",\"deep\":" + deep).replace("\n", "")))
        .as("a document of nesting is too large or too deep")
        .isIn(Code.SIG_INVALID, Code.SCHEMA);
    assertThat(codeOf(Signers.claims(58, ",\"deep\":" + "[".repeat(17) + "]".repeat(17))))
        .isEqualTo(Code.SCHEMA);
    assertThat(code(deep.getBytes(UTF_8))).isEqualTo(Code.SIG_INVALID);
    assertThat(code(new byte[70_000])).isEqualTo(Code.SIG_INVALID);
  }

  @Test
  void decodesOneSpellingOnly() {
    byte[] bytes = {1, 2, 3, 4};
    String text = Base64Url.encode(bytes);
    assertThat(Base64Url.decode(text)).isEqualTo(bytes);
    // The last character carries four bits that count and two that other decoders overlook.
    String other =
        text.substring(0, text.length() - 1) + (char) (text.charAt(text.length() - 1) + 1);
    assertThat(Base64.getUrlDecoder().decode(other)).isEqualTo(bytes);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> Base64Url.decode(other))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
