package org.cityedge.drivers.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.position.Report.Down;
import org.cityedge.drivers.position.Report.Fix;
import org.cityedge.drivers.position.Report.NoFix;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GpsdDecoderTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:30:00Z");
  private final Clocks clocks = new Clocks(() -> NOW, () -> 0L);
  private final GpsdDecoder decoder = new GpsdDecoder(Optional.empty(), false, clocks);
  private final GpsdDecoder picky = new GpsdDecoder(Optional.of("/dev/ttyUSB0"), false, clocks);

  @SuppressWarnings("NullAway") // null is one of the answers that are asserted
  private Report decode(String line) {
    return decoder.decode(line, 0);
  }

  @Test
  void readsAFix() {
    // As gpsd 3.22 wrote it.
    Fix fix =
        (Fix)
            decode(
                """
                {"class":"TPV","device":"/dev/pts/1","mode":3,"time":"2025-06-01T08:30:06.000Z","ept":0.005,\
                "lat":30.660720000,"lon":104.101550000,"altHAE":470.0000,"altMSL":512.0000,"alt":512.0000,\
                "epv":29.900,"track":0.0000,"speed":11.112,"climb":0.000,"eph":17.100,"sep":30.400}\
                """);
    assertThat(fix.lat()).isEqualTo(30.66072);
    assertThat(fix.lon()).isEqualTo(104.10155);
    assertThat(fix.accuracyM()).hasValue(17.1);
    assertThat(fix.speed()).hasValue(11.112);
    assertThat(fix.heading()).hasValue(0);
    assertThat(fix.at()).isEqualTo(NOW);
    assertThat(fix.simulated()).isFalse();
  }

  @Test
  void olderReleasesGiveTheErrorPerAxis() {
    Fix fix =
        (Fix) decode("{\"class\":\"TPV\",\"mode\":2,\"lat\":1,\"lon\":2,\"epx\":3,\"epy\":4}");
    assertThat(fix.accuracyM().orElseThrow()).isCloseTo(5, within(1e-9));
    assertThat(fix.speed()).isEmpty();
    assertThat(fix.heading()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"271.5, 271.5", "359.9999, 359.9999", "360, 0", "360.1,", "-1,", "\"x\","})
  void takesTheTrackForTheHeading(String track, @Nullable Double heading) {
    Fix fix =
        (Fix) decode("{\"class\":\"TPV\",\"mode\":2,\"lat\":1,\"lon\":2,\"track\":" + track + "}");
    assertThat(fix.heading())
        .isEqualTo(heading == null ? OptionalDouble.empty() : OptionalDouble.of(heading));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"class\":\"TPV\",\"mode\":1}",
        "{\"class\":\"TPV\",\"mode\":0,\"lat\":30,\"lon\":104}",
        "{\"class\":\"TPV\",\"mode\":1,\"lat\":30,\"lon\":104}",
        "{\"class\":\"TPV\",\"lat\":30,\"lon\":104}",
        "{\"class\":\"TPV\",\"mode\":3,\"lat\":30}",
        "{\"class\":\"TPV\",\"mode\":3,\"lat\":91,\"lon\":104}",
        "{\"class\":\"TPV\",\"mode\":3,\"lat\":\"30\",\"lon\":104}",
        "{\"class\":\"DEVICES\",\"devices\":[]}",
        "{\"class\":\"DEVICE\",\"path\":\"/dev/ttyUSB0\",\"activated\":0}"
      })
  void withoutAFixItSaysSo(String line) {
    assertThat(decode(line)).isInstanceOf(NoFix.class);
  }

  @Test
  void tellsHowManySatellitesWereUsed() {
    assertThat(decode("{\"class\":\"SKY\",\"satellites\":[{\"used\":true},{\"used\":false}]}"))
        .isNull();
    assertThat(((NoFix) decode("{\"class\":\"TPV\",\"mode\":1}")).detail())
        .isEqualTo("the receiver has no fix, satellites used 1");
    assertThat(decode("{\"class\":\"SKY\",\"uSat\":3}")).isNull();
    assertThat(((NoFix) decode("{\"class\":\"TPV\",\"mode\":1}")).detail()).endsWith("used 3");
  }

  @Test
  void onlyTheNamedReceiverCounts() {
    assertThat(
            picky.decode(
                "{\"class\":\"TPV\",\"device\":\"/dev/ttyS0\",\"mode\":3,\"lat\":1,\"lon\":2}", 0))
        .isNull();
    assertThat(
            picky.decode(
                "{\"class\":\"TPV\",\"device\":\"/dev/ttyUSB0\",\"mode\":3,\"lat\":1,\"lon\":2}",
                0))
        .isInstanceOf(Fix.class);
    assertThat(picky.decode("{\"class\":\"DEVICES\",\"devices\":[{\"path\":\"/dev/ttyS0\"}]}", 0))
        .isInstanceOf(NoFix.class);
    assertThat(GpsdDecoder.watch(Optional.of("/dev/ttyUSB0")))
        .isEqualTo("?WATCH={\"enable\":true,\"json\":true,\"device\":\"/dev/ttyUSB0\"};\n");
  }

  @Test
  void anErrorOrAnotherProtocolEndsTheConnection() {
    Down error = (Down) decode("{\"class\":\"ERROR\",\"message\":\"Unrecognized request\"}");
    assertThat(error.fault())
        .isEqualTo(new Fault(Fault.Kind.REFUSED, "gpsd says: Unrecognized request"));
    assertThat(decode("{\"class\":\"VERSION\",\"proto_major\":4}")).isInstanceOf(Down.class);
    assertThat(decode("{\"class\":\"VERSION\",\"proto_major\":3}")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "null", "7", "{\"class\":3", "$GPRMC,1*00", "{\"mode\":3}"})
  void whatIsNoReportIsCounted(String line) {
    assertThat(decode(line)).isNull();
    assertThat(decoder.malformed()).isEqualTo(1);
  }

  @Test
  void reportsOfLaterProtocolsArePassedOver() {
    assertThat(decode("{\"class\":\"IMU\",\"x\":1}")).isNull();
    assertThat(decoder.malformed()).isZero();
  }

  @Test
  void aSimulatorIsATest() {
    Fix fix = (Fix) decode("{\"class\":\"TPV\",\"status\":8,\"mode\":2,\"lat\":1,\"lon\":2}");
    assertThat(fix.simulated()).isTrue();
  }
}
