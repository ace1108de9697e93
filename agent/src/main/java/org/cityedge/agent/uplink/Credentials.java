package org.cityedge.agent.uplink;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;

/**
 * Where the uplink's passwords, keys and certificates lie. Each is read anew at each connection, so
 * that a changed file counts from the next one. Any thread.
 *
 * @param secrets passwords and private keys
 * @param certificates the folder {@code certificates} of the data folder; these are no secrets
 */
public record Credentials(Secrets secrets, Path certificates) {
  /** Those of a data folder. */
  public static Credentials in(Path data) {
    return new Credentials(new Secrets(data.resolve("secrets")), data.resolve("certificates"));
  }

  /**
   * Reads what TLS needs.
   *
   * @throws IOException when a file is missing or cannot be used; the text names the file, what is
   *     wrong and the cure, never the content
   */
  TlsContext tls(UplinkConfig.Tls tls, InstantSource clock) throws IOException {
    KeyFiles files = new KeyFiles(secrets, certificates);
    List<X509Certificate> authorities = files.chain(tls.ca());
    Optional<KeyFiles.Identity> identity = Optional.empty();
    if (tls.certificate().isPresent() && tls.keyRef().isPresent()) {
      identity = Optional.of(files.identity(tls.certificate().get(), tls.keyRef().get()));
    }
    try {
      return TlsContext.of(authorities, certificates.resolve(tls.ca()).toString(), identity, clock);
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }
}
