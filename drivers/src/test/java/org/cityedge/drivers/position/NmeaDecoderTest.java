package org.cityedge.drivers.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.position.Report.Fix;
import org.cityedge.drivers.position.Report.NoFix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NmeaDecoderTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:30:00Z");
  private static final String RMC =
      "RMC,083000.00,A,3039.6072,N,10406.0930,E,21.6,000.0,010625,,,A";
  private static final String GGA =
      "GGA,083000.00,3039.6072,N,10406.0930,E,1,09,0.9,512.0,M,-42.0,M,,";

  private final NmeaDecoder decoder = new NmeaDecoder(false, new Clocks(() -> NOW, () -> 0L));

  /** With its checksum. */
  static String sentence(String body) {
    int sum = 0;
    for (int i = 0; i < body.length(); i++) {
      sum ^= body.charAt(i);
    }
    return "$%s*%02X".formatted(body, sum);
  }

  @SuppressWarnings("NullAway") // null is one of the answers that are asserted
  private Report decode(String body, int second) {
    return decoder.decode(sentence(body), Duration.ofSeconds(second).toNanos());
  }

  @ParameterizedTest
  @ValueSource(strings = {"GP", "GN", "BD", "GB"})
  void readsPositionAndSpeedOfEverySystem(String talker) {
    Fix fix = (Fix) decode(talker + RMC, 0);
    assertThat(fix.lat()).isCloseTo(30.66012, within(1e-9));
    assertThat(fix.lon()).isCloseTo(104.10155, within(1e-9));
    assertThat(fix.speed().orElseThrow()).isCloseTo(11.112, within(1e-9));
    assertThat(fix.heading()).hasValue(0);
    assertThat(fix.accuracyM()).isEmpty();
    assertThat(fix.at()).isEqualTo(NOW);
    assertThat(fix.simulated()).isFalse();
  }

  @Test
  void southAndWestAreNegative() {
    Fix fix = (Fix) decode("GPRMC,0,A,0130.0,S,17959.4,W,,,010625,,,A", 0);
    assertThat(fix.lat()).isCloseTo(-1.5, within(1e-9));
    assertThat(fix.lon()).isCloseTo(-179.99, within(1e-9));
    assertThat(fix.speed()).isEmpty();
    assertThat(fix.heading()).isEmpty();
  }

  @Test
  void takesTheCourseForTheHeading() {
    String west = RMC.replace("000.0", "271.5");
    assertThat(((Fix) decode("GP" + west, 0)).heading()).hasValue(271.5);
    assertThat(((Fix) decode("GP" + RMC.replace("000.0", "360.0"), 0)).heading()).hasValue(0);
    assertThat(((Fix) decode("GP" + RMC.replace("000.0", "361.0"), 0)).heading()).isEmpty();
  }

  @Test
  void theDilutionOfTheLastGgaBecomesTheAccuracy() {
    decode("GN" + RMC, 0);
    assertThat(decode("GN" + GGA, 0)).isNull();
    assertThat(((Fix) decode("GN" + RMC, 1)).accuracyM().orElseThrow())
        .isCloseTo(4.5, within(1e-9));
    assertThat(((Fix) decode("GN" + RMC, 6)).accuracyM()).isEmpty();
  }

  @Test
  void ggaAloneIsEnough() {
    Fix fix = (Fix) decode("GP" + GGA, 0);
    assertThat(fix.lat()).isCloseTo(30.66012, within(1e-9));
    assertThat(fix.speed()).isEmpty();
    decode("GP" + RMC, 1);
    assertThat(decode("GP" + GGA, 2)).isNull();
    assertThat(decode("GP" + GGA, 7)).isInstanceOf(Fix.class);
  }

  @Test
  void aReceiverWithoutAFixSaysSo() {
    assertThat(decode("GPRMC,083000.00,V,,,,,,,010625,,,N", 0)).isInstanceOf(NoFix.class);
    assertThat(decode("GPRMC,083000.00,A,3039.6072,N,10406.0930,E,,,010625,,,N", 0))
        .isInstanceOf(NoFix.class);
    assertThat(decode("GPGGA,083000.00,,,,,0,00,99.9,,,,,,", 9)).isInstanceOf(NoFix.class);
    assertThat(decoder.malformed()).isZero();
  }

  @Test
  void aSimulatorIsATest() {
    assertThat(((Fix) decode("GP" + RMC.replace(",,,A", ",,,S"), 0)).simulated()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "$",
        "GPRMC,1,A*00",
        "$GPRMC,083000.00,A,3039.6072,N,10406.0930,E,21.6,000.0,010625,,,A*00",
        "$GPRMC,083000.00,A,3039.6072,N,10406.0930,E,21.6,000.0,010625,,,A",
        "$GPRMC,083000.00,A,3039.6072,N,10406.0930,E,21.6,000.0,010625,,,A*+7",
      })
  void damagedLinesAreCountedAndNothingElse(String line) {
    assertThat(decoder.decode(line, 0)).isNull();
    assertThat(decoder.malformed()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GPRMC,0,A,9039.6072,N,10406.0930,E,1,0,010625,,,A",
        "GPRMC,0,A,3060.0,N,10406.0930,E,1,0,010625,,,A",
        "GPRMC,0,A,3039.6072,E,10406.0930,E,1,0,010625,,,A",
        "GPRMC,0,A,3039.6072,N,18100.0,E,1,0,010625,,,A",
        "GPRMC,0,A,-039.6072,N,10406.0930,E,1,0,010625,,,A",
        "GPRMC,0,A",
        "GPGGA,0,1,N"
      })
  void impossiblePositionsAreRefused(String body) {
    assertThat(decode(body, 0)).isNull();
    assertThat(decoder.malformed()).isEqualTo(1);
  }

  @Test
  void otherSentencesAndTalkersArePassedOver() {
    assertThat(decode("GPGSV,1,1,00", 0)).isNull();
    assertThat(decode("PUBX,00,1", 0)).isNull();
    assertThat(decode("II" + RMC, 0)).isNull();
    assertThat(decoder.decode("!AIVDM,1,1,,A,x,0*5C", 0)).isNull();
    assertThat(decoder.malformed()).isZero();
  }

  @Test
  void noLineWhateverThrows() {
    Random random = new Random(1);
    String alphabet = "$*,.ANSEW0123456789GPRMCGGA-+ \u0000\uffff";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder body = new StringBuilder(random.nextBoolean() ? "GPRMC," : "GNGGA,");
      for (int n = random.nextInt(40); n > 0; n--) {
        body.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Report report =
          decoder.decode(random.nextInt(10) == 0 ? body.toString() : sentence(body.toString()), i);
      if (report instanceof Fix fix) {
        assertThat(Math.abs(fix.lat())).isLessThanOrEqualTo(90);
      }
    }
  }
}
