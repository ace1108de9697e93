package org.cityedge.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.cityedge.config.SignedConfig.Floor;

/**
 * Guided by coverage: what anybody may send, and what one who holds a key may sign. The first byte
 * chooses the reader. Every build replays the corpus below {@code src/test/resources}; the nightly
 * one ({@code -Pnightly}) searches for two minutes more.
 *
 * <p>Of anything but a good document comes a {@link ConfigException} or a refusal whose text is fit
 * for a log, and nothing else.
 */
class DocumentParserFuzzTest {
  private static final Pattern LOGGABLE = Pattern.compile("[^\\p{Cntrl}]{1,700}");
  private static final Signers SIGNERS = new Signers();
  private static final KeyList KEYS = keys();

  private enum Unit {
    LUX,
    PARTS_PER_MILLION
  }

  private static KeyList keys() {
    try {
      return SIGNERS.keys(
          1,
          1,
          SIGNERS.entry("cfg", "config", NOW + YEAR),
          SIGNERS.entry("cmd", "command", NOW + YEAR));
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  @FuzzTest(maxDuration = "2m")
  void readsOrNamesWhatIsWrong(byte[] data) {
    if (data.length == 0) {
      return;
    }
    byte[] document = Arrays.copyOfRange(data, 1, data.length);
    String text = new String(document, UTF_8);
    try {
      switch (data[0] % 7) {
        case 0 -> ConfigLoader.parse("gateway.yaml", text, DocumentParserFuzzTest::values);
        case 1 -> json(text);
        case 2 -> Jws.parse(document, SignedConfig.TYPE);
        case 3 -> order(document);
        case 4 -> order(SIGNERS.sign(text, SignedConfig.TYPE, "cfg"));
        case 5 -> command(SIGNERS.sign(text, SignedCommand.TYPE, "cmd"));
        default ->
            KeyList.verify(
                SIGNERS.sign(text, KeyList.TYPE, "root"), SIGNERS.pair("root").getPublic());
      }
    } catch (ConfigException e) {
      if (e.problems().isEmpty() || e.problems().size() > 101) {
        throw new AssertionError(e.problems().size() + " problems", e);
      }
      e.problems().forEach(problem -> isLoggable(problem.toString()));
    }
  }

  /** One of each kind of value that a section knows. */
  private static int values(Section root) {
    root.text("name");
    root.id("id");
    root.texts("names");
    root.flag("on", false);
    root.whole("pulses", 0, 1L << 40);
    root.number("factor", -1e9, 1e9);
    root.points("zone", 0, 1);
    root.duration("period", Duration.ofMillis(1), Duration.ofDays(7), Duration.ofSeconds(1));
    root.bytes("cap", 1, 1L << 40, 1);
    root.choice("unit", Unit.class);
    root.uris("brokers", "mqtt", "mqtts");
    root.section("rest").ifPresent(Section::ignoreRest);
    root.sections("entries").forEach(entry -> entry.integer("line", 0, 255));
    return 0;
  }

  /** What is written as JSON reads as the same again. */
  private static void json(String text) throws ConfigException {
    String json = ConfigLoader.json("order", text);
    if (json.length() > ConfigLoader.MAX_BYTES) {
      return;
    }
    String again = ConfigLoader.json("order", json);
    if (!again.equals(json)) {
      throw new AssertionError(json + " became " + again);
    }
  }

  private static void order(byte[] signed) {
    SignedConfig.Situation situation =
        new SignedConfig.Situation(
            "gw-0042",
            Order.Version.of("1.4.0"),
            new Floor(1, 57, "00", Instant.EPOCH),
            Instant.ofEpochSecond(NOW),
            true);
    if (SignedConfig.judge(signed, KEYS, situation, DocumentParserFuzzTest::values)
        instanceof SignedConfig.Verdict.Refused<Integer> refused) {
      isLoggable(refused.detail());
    }
  }

  private static void command(byte[] signed) {
    SignedCommand.Situation situation =
        new SignedCommand.Situation("gw-0042", "output-set", Instant.ofEpochSecond(NOW), true);
    if (SignedCommand.judge(signed, KEYS, situation, DocumentParserFuzzTest::values)
        instanceof SignedCommand.Verdict.Refused<Integer> refused) {
      isLoggable(refused.detail());
    }
  }

  private static void isLoggable(String text) {
    if (!LOGGABLE.matcher(text).matches()) {
      throw new AssertionError("not fit for a log, " + text.length() + " characters: " + text);
    }
  }
}
