package org.cityedge.drivers.coap;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.CoapSecurity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one setting {@code ca, certificate, keyRef}, read anew for each handshake: a changed
 * file counts from the next one. While they cannot be used, those read before stay in force, and
 * the log says so once. A handshake takes tens of milliseconds, to read them takes a few. Any
 * thread.
 */
final class CertificateFiles {
  private static final Logger log = LoggerFactory.getLogger(CertificateFiles.class);

  /**
   * What they say.
   *
   * @param own the gateway's certificate and key, where the setting names them
   */
  record Content(List<X509Certificate> authorities, Optional<KeyFiles.Identity> own) {}

  /** P-256 and P-384 are always offered; Java has one larger curve for certificates, P-521. */
  private static final int OFFERED_BITS = 384;

  private final KeyFiles files;
  private final CoapSecurity.X509 names;

  /** Of the gateway's own key at the start, 0 when there is none. */
  private final int fieldBits;

  // guarded by this
  private Content content;
  private @Nullable String refused;

  /**
   * Reads them for the first time.
   *
   * @throws IOException when one is missing or cannot be used; the text names the file, the reason
   *     and the cure
   */
  CertificateFiles(KeyFiles files, CoapSecurity.X509 names) throws IOException {
    this.files = files;
    this.names = names;
    this.content = read();
    this.fieldBits = fieldBits(content);
  }

  synchronized Content now() {
    try {
      Content read = read();
      refused = null;
      if (!read.equals(content)) {
        content = read;
        log.info(
            "Changed certificates for CoAP sensors count from here on ca={} certificate={}",
            names.ca(),
            names.certificate().orElse("none"));
        if (fieldBits(read) > Math.max(fieldBits, OFFERED_BITS)) {
          log.warn(
              "A certificate on this curve takes a restart of the agent: P-521 was not offered at"
                  + " the start certificate={}",
              names.certificate().orElse("none"));
        }
      }
    } catch (IOException e) {
      if (!Objects.equals(e.getMessage(), refused)) {
        refused = e.getMessage();
        log.warn(
            "Certificates for CoAP sensors cannot be read again, the earlier ones stay in force: {}",
            refused);
      }
    }
    return content;
  }

  private static int fieldBits(Content content) {
    return content
        .own()
        .map(own -> ((ECKey) own.key()).getParams().getCurve().getField().getFieldSize())
        .orElse(0);
  }

  private Content read() throws IOException {
    List<X509Certificate> authorities = files.chain(names.ca());
    if (names.certificate().isEmpty() || names.keyRef().isEmpty()) {
      return new Content(authorities, Optional.empty());
    }
    String certificate = names.certificate().get();
    KeyFiles.Identity own = files.identity(certificate, names.keyRef().get());
    if (!own.key().getAlgorithm().equals("EC")) {
      throw new IOException("certificate " + certificate + " needs an EC key");
    }
    return new Content(authorities, Optional.of(own));
  }
}
