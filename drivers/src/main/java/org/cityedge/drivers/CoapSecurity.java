package org.cityedge.drivers;

import java.util.Optional;
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
   * DTLS 1.2 with certificates that have keys on elliptic curves (RFC 7925 §4.4). The server's must
   * be for the host of the URI: its name or its address stands among the subject's alternative
   * names.
   *
   * @param ca PEM file in {@code certificates/}; nothing but this is trusted
   * @param certificate PEM file of the gateway's own, shown to a server that asks for one
   * @param keyRef the secret that holds its key, PKCS #8
   */
  record X509(String ca, Optional<String> certificate, Optional<String> keyRef)
      implements CoapSecurity {}

  /**
   * Reads {@code security: none}, {@code security: {psk: {identity: X, keyRef: NAME}}} or {@code
   * security: {ca: FILE, certificate: FILE, keyRef: NAME}}.
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
                  "security", Pattern.compile("none"), "none, {psk: {keyRef: NAME}} or {ca: FILE}")
              .isPresent();
      return new None(true);
    }
    Section security = sensor.section("security").orElseThrow();
    if (security.has("psk") == security.has("ca")) {
      security.problem("", "must have either psk: {identity: X, keyRef: NAME} or ca: FILE");
      security.ignoreRest();
      return new None(true);
    }
    return security.has("ca")
        ? readX509(security)
        : security.section("psk").<CoapSecurity>map(psk -> readPsk(psk, id)).orElse(new None(true));
  }

  private static X509 readX509(Section security) {
    String file = "the name of a file in the certificates folder";
    Optional<String> certificate = security.optionalText("certificate", Secrets.REFERENCE, file);
    Optional<String> keyRef =
        security.optionalText(
            "keyRef", Secrets.REFERENCE, "the name of a file in the secrets folder");
    if (certificate.isPresent() != keyRef.isPresent()) {
      security.problem("", "certificate and keyRef come together or not at all");
    }
    return new X509(security.text("ca", Secrets.REFERENCE, file), certificate, keyRef);
  }

  private static Psk readPsk(Section psk, String id) {
    return new Psk(
        psk.optionalText("identity", IDENTITY, "1 to 128 printable ASCII characters").orElse(id),
        psk.text("keyRef", Secrets.REFERENCE, "the name of a file in the secrets folder"));
  }
}
