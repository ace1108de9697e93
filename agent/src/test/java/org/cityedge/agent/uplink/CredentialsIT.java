package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.cityedge.agent.testing.CertificateAuthority;
import org.cityedge.agent.uplink.UplinkConfig.Tls;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of TLS, made by openssl: what is wrong with each is told by name, never by content. */
class CredentialsIT {
  private static final Tls MUTUAL = new Tls("ca.pem", Optional.of("gw.pem"), Optional.of("gw.key"));

  @TempDir Path folder;
  private Path certificates;
  private Path key;
  private CertificateAuthority authority;

  @BeforeEach
  void layOutTheDataFolder() throws IOException {
    authority = CertificateAuthority.create(folder.resolve("authority"), "City CA");
    certificates = Files.createDirectories(folder.resolve("certificates"));
    Path secrets = Files.createDirectories(folder.resolve("secrets"));
    Files.copy(authority.certificate(), certificates.resolve("ca.pem"));
    Files.copy(authority.issue("gw", "DNS:gw"), certificates.resolve("gw.pem"));
    key = Files.copy(authority.key("gw"), secrets.resolve("gw.key"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
  }

  private TlsContext read() throws IOException {
    return Credentials.in(folder).tls(MUTUAL, InstantSource.system());
  }

  private AbstractThrowableAssert<?, ?> refused() {
    return assertThatThrownBy(this::read).isInstanceOf(IOException.class);
  }

  @Test
  void readsCaCertificateAndKey() throws IOException {
    assertThat(read()).isNotNull();
  }

  @Test
  void namesAMissingFile() throws IOException {
    Files.delete(certificates.resolve("ca.pem"));
    refused().hasMessageContaining("ca.pem is missing; put the PEM file there");
  }

  @Test
  void namesAMissingKey() throws IOException {
    Files.delete(key);
    refused().hasMessageContaining("gw.key is missing");
  }

  @Test
  void refusesAKeyThatOthersCanRead() throws IOException {
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    refused().hasMessageContaining("chmod 600 " + key);
  }

  @Test
  void refusesGarbageForACertificate() throws IOException {
    Files.writeString(certificates.resolve("ca.pem"), "hello");
    refused().hasMessageContaining("ca.pem holds no certificate; it must be PEM");
    Files.writeString(
        certificates.resolve("ca.pem"),
        "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n");
    refused().hasMessageContaining("certificate 1 in it is damaged");
  }

  @Test
  void refusesGarbageForAKeyWithoutShowingIt() throws IOException {
    Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    refused()
        .hasMessageContaining("secrets/gw.key is damaged")
        .hasMessageNotContaining("c2VjcmV0")
        .hasNoCause();
    Files.writeString(key, "hello");
    refused().hasMessageContaining("holds no private key").hasMessageNotContaining("hello");
  }

  @Test
  void saysHowToConvertKeysOfOtherFormats() throws IOException {
    Files.writeString(key, "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n");
    refused().hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
    Files.writeString(
        key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n");
    refused().hasMessageContaining("is encrypted");
  }

  @Test
  void refusesTheKeyOfAnotherCertificate() throws IOException {
    authority.issue("other", "DNS:other");
    Files.writeString(key, Files.readString(authority.key("other")));
    refused().hasMessageContaining("secrets/gw.key is not the key of certificate");
  }

  @Test
  void neverLeavesItsFolder() {
    Tls elsewhere = new Tls("../ca.pem", Optional.empty(), Optional.empty());
    assertThatThrownBy(() -> Credentials.in(folder).tls(elsewhere, InstantSource.system()))
        .hasMessageContaining("must match");
  }
}
