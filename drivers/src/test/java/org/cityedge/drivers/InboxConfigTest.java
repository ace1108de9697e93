package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.util.Optional;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InboxConfigTest {
  private static final String A =
      "{id: a, type: coap, mode: inbox, security: {psk: {keyRef: a}}, channels: [{quantity: q}]}";

  private static Optional<InboxConfig> load(String document) throws ConfigException {
    return ConfigLoader.parse(
        "gateway.yaml",
        document,
        root ->
            InboxConfig.read(
                root, root.sections("sensors").stream().map(SensorConfig::read).toList()));
  }

  @Test
  void isOffByDefault() throws ConfigException {
    assertThat(load("sensors: [{id: a, type: coap, uri: coap://h/x, channels: [{quantity: q}]}]"))
        .isEmpty();
  }

  @Test
  void readsDefaults() throws ConfigException {
    assertThat(load("inbox: {listen: \"coaps://0.0.0.0\"}\nsensors: [" + A + "]"))
        .contains(new InboxConfig(URI.create("coaps://0.0.0.0"), 60, 4096, 200));
  }

  @Test
  void readsEverything() throws ConfigException {
    assertThat(
            load(
                "inbox: {listen: \"coap://[::]:5683\", perMinute: 6, maxPayload: 1KiB, packetsPerSecond: 50}"))
        .contains(new InboxConfig(URI.create("coap://[::]:5683"), 6, 1024, 50));
  }

  @Test
  void letsTwoSensorsOfOneDeviceShareIdentityAndKey() throws ConfigException {
    String b = A.replace("id: a", "id: b").replace("{keyRef", "{identity: a, keyRef");
    assertThat(load("inbox: {listen: \"coaps://0.0.0.0\"}\nsensors: [" + A + ", " + b + "]"))
        .isPresent();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | sensors: [A] | inbox | is missing; sensor a posts to it: write inbox:",
        "inbox: {} | sensors: [] | inbox.listen | is missing",
        "inbox: {listen: 'coaps://gateway.local'} | sensors: [] | inbox.listen | must be coaps://ADDRESS",
        "inbox: {listen: 'coaps://0.0.0.0/in'} | sensors: [] | inbox.listen | without a path",
        "inbox: {listen: 'http://0.0.0.0'} | sensors: [] | inbox.listen | coaps:// or coap://",
        "inbox: {listen: 'coap://0.0.0.0'} | sensors: [A] | inbox | must listen on coaps://, since sensor a",
        "inbox: {listen: 'coaps://0.0.0.0', perMinute: 1201} | sensors: [] | inbox.perMinute | 1..1200",
        "inbox: {listen: 'coaps://0.0.0.0', maxPayload: 9KiB} | sensors: [] | inbox.maxPayload | 64B..8KiB",
        "inbox: {listen: 'coaps://0.0.0.0', packetsPerSecond: 9} | sensors: [] | inbox.packetsPerSecond | 10..10000",
        "inbox: {listen: 'coaps://0.0.0.0'} | sensors: [{id: b, type: coap, mode: inbox, channels: [{quantity: q}]}] | sensors | sensor b must have security",
        "inbox: {listen: 'coaps://0.0.0.0'} | sensors: [A, {id: b, type: coap, mode: inbox, security: {psk: {identity: a, keyRef: b}}, channels: [{quantity: q}]}] | sensors | of an earlier sensor, but another keyRef",
      })
  void namesPlaceOfProblem(String inbox, String sensors, String place, String message) {
    String whole = (inbox.equals("{}") ? "" : inbox + "\n") + sensors.replace("A", A);
    ConfigException refused = catchThrowableOfType(ConfigException.class, () -> load(whole));
    assertThat(String.valueOf(refused.getMessage())).contains(place).contains(message);
  }
}
