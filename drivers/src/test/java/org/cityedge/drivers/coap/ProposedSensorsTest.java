package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.SensorConfig;
import org.junit.jupiter.api.Test;

class ProposedSensorsTest {
  private static final URI SERVER = URI.create("coap://192.0.2.7:5684");

  private static ProposedSensors propose(String links) throws MalformedPayload {
    return ProposedSensors.of(SERVER, new CoapSecurity.None(true), LinkFormat.parse(links));
  }

  private static CoapSensorConfig entry(String links) throws MalformedPayload, ConfigException {
    return read(propose(links));
  }

  /** What the configuration's own reader makes of the one entry. */
  private static CoapSensorConfig read(ProposedSensors proposed) throws ConfigException {
    return (CoapSensorConfig)
        ConfigLoader.parse(
                "pasted.yaml",
                "sensors:\n" + String.join("\n", proposed.entries()),
                root -> root.sections("sensors").stream().map(SensorConfig::read).toList())
            .getFirst();
  }

  @Test
  void proposesLwm2mValue() throws MalformedPayload, ConfigException {
    CoapSensorConfig config = entry("</3303/0/5700>;rt=\"oma.lwm2m\";ct=11542;obs");
    assertThat(config.id()).isEqualTo("temperature-1");
    assertThat(config.uri()).isEqualTo(URI.create("coap://192.0.2.7:5684/3303/0/5700"));
    assertThat(config.mode()).isEqualTo(Mode.OBSERVE);
    assertThat(config.format()).isEqualTo(Format.TLV);
    assertThat(config.fields().getFirst().channel())
        .isEqualTo(
            new Channel("temperature", "Cel", Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
    assertThat(config.fields().getFirst().name()).isEqualTo("/3303/0/5700");
  }

  @Test
  void asksForTheValueOfAnInstance() throws MalformedPayload, ConfigException {
    CoapSensorConfig config = entry("</3200/1>;ct=\"0 110\"");
    assertThat(config.uri().getPath()).isEqualTo("/3200/1/5500");
    assertThat(config.mode()).isEqualTo(Mode.POLL);
    assertThat(config.format()).isEqualTo(Format.AUTO);
    assertThat(config.channels()).containsExactly(Channel.flag("active"));
  }

  @Test
  void takesUnitFromUcum() throws MalformedPayload, ConfigException {
    CoapSensorConfig config = entry("</sensors/Wind>;rt=\"ucum.m/s\";if=\"core.s\";ct=110");
    assertThat(config.format()).isEqualTo(Format.SENML);
    assertThat(config.channels().getFirst().quantity()).isEqualTo("wind");
    assertThat(config.channels().getFirst().unit()).isEqualTo("m/s");
  }

  @Test
  void numbersWhatMeasuresTheSame() throws MalformedPayload {
    assertThat(propose("</a/temp>,</b/temp>,</c>;rt=\"temperature-c\"").entries())
        .contains("  - id: temperature-1", "  - id: temperature-2", "  - id: temperature-3");
  }

  @Test
  void leavesOutWhatItDoesNotKnow() throws MalformedPayload {
    ProposedSensors proposed =
        propose(
            "</.well-known/core>;ct=40,</fw>;rt=\"x\";title=\"a\nb\";obs,<coap://other/temp>,"
                + "<a b>,</3303/0/5701>,</9999/0/1>");
    assertThat(proposed.entries()).isEmpty();
    assertThat(proposed.comments())
        .containsExactly(
            "/fw  title=\"a?b\"  rt=\"x\"  obs",
            "coap://other/temp: not a resource of this server",
            "a b: not a resource of this server",
            "/3303/0/5701",
            "/9999/0/1");
  }

  @Test
  void letsNoTitleBreakOutOfItsComment() throws MalformedPayload, ConfigException {
    assertThat(entry("</temp>;title=\"x\n  - id: evil\u2028\"").id()).isEqualTo("temperature-1");
  }

  @Test
  void writesDownHowASecureServerIsKnown() throws MalformedPayload, ConfigException {
    for (CoapSecurity security :
        List.of(
            new CoapSecurity.Psk("it's-\"me\"\\", "air.key"),
            new CoapSecurity.X509("ca.pem", Optional.empty(), Optional.empty()),
            new CoapSecurity.X509("ca.pem", Optional.of("gw.pem"), Optional.of("gw.key")))) {
      URI server = URI.create("coaps://192.0.2.7");
      CoapSensorConfig config =
          read(ProposedSensors.of(server, security, LinkFormat.parse("</temp>")));
      assertThat(config.security()).isEqualTo(security);
      assertThat(config.uri()).isEqualTo(URI.create("coaps://192.0.2.7/temp"));
    }
  }
}
