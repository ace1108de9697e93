package org.cityedge.drivers;

import java.util.regex.Pattern;
import org.cityedge.config.Secrets;
import org.cityedge.config.Section;

/** How a CoAP sensor and the gateway know each other; the key {@code security}. */
public sealed interface CoapSecurity {
  /** RFC 7925 §9.4 asks for at least 128 octets of room. */
  Pattern IDENTITY = Pattern.compile("[!-~]{1,128}");

  /**
   * Plain CoAP: whoever is on the way can read and forge.
   *
   * @param stated whether the configuration says {@code security: none}; where it says nothing, the
   *     check warns
   */
  record None(boolean stated) implements CoapSecurity {}

  /**
   * DTLS 1.2 with a pre-shared key (RFC 4279, RFC 7925 §4.2).
   *
   * @param identity under which the gateway shows itself to the sensor's server, or the sensor to
   *     the gateway's inbox; by default the sensor's id
   * @param keyRef the secret that holds the key: an even number of 32..128 hex digits, or {@code
   *     text:} and 16..64 characters
   */
  record Psk(String identity, String keyRef) implements CoapSecurity {}

  /**
   * Reads {@code security: none} or {@code security: {psk: {identity: X, keyRef: NAME}}}.
   *
   * @param id the sensor's id
   */
  static CoapSecurity read(Section sensor, String id) {
    if (!sensor.has("security")) {
      return new None(false);
    }
    if (!sensor.isMapping("security")) {
      boolean _ =
          sensor
              .optionalText(
                  "security", Pattern.compile("none"), "none or {psk: {identity: X, keyRef: NAME}}")
              .isPresent();
      return new None(true);
    }
    Section security = sensor.section("security").orElseThrow();
    return security
        .section("psk")
        .<CoapSecurity>map(psk -> readPsk(psk, id))
        .orElseGet(
            () -> {
              security.problem("psk", "is missing; must be {identity: X, keyRef: NAME}");
              return new None(true);
            });
  }

  private static Psk readPsk(Section psk, String id) {
    return new Psk(
        psk.optionalText("identity", IDENTITY, "1 to 128 printable ASCII characters").orElse(id),
        psk.text("keyRef", Secrets.REFERENCE, "the name of a file in the secrets folder"));
  }
}
