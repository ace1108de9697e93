package org.cityedge.drivers.coap;

import java.security.cert.Certificate;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.cityedge.config.KeyFiles;
import org.eclipse.californium.scandium.dtls.CertificateIdentityResult;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite.CertificateKeyAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.XECDHECryptography.SupportedGroup;
import org.eclipse.californium.scandium.dtls.x509.CertificateConfigurationHelper;
import org.eclipse.californium.scandium.dtls.x509.CertificateProvider;
import org.eclipse.californium.scandium.dtls.x509.ConfigurationHelperSetup;
import org.eclipse.californium.scandium.dtls.x509.SingleCertificateProvider;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/**
 * Shows a server the gateway's certificate, as its files say at each handshake. P-256 and P-384 are
 * always offered, P-521 where the first certificate has it. Any thread.
 */
final class OwnCertificate implements CertificateProvider, ConfigurationHelperSetup {
  private final CertificateFiles files;

  /**
   * @param files that name one
   */
  OwnCertificate(CertificateFiles files) {
    this.files = files;
  }

  private SingleCertificateProvider now() {
    KeyFiles.Identity own = files.now().own().orElseThrow();
    return new SingleCertificateProvider(
        own.key(), own.chain().toArray(Certificate[]::new), CertificateType.X_509);
  }

  @Override
  public void setupConfigurationHelper(CertificateConfigurationHelper helper) {
    now().setupConfigurationHelper(helper);
  }

  @Override
  public List<CertificateKeyAlgorithm> getSupportedCertificateKeyAlgorithms() {
    return List.of(CertificateKeyAlgorithm.EC);
  }

  @Override
  public List<CertificateType> getSupportedCertificateTypes() {
    return List.of(CertificateType.X_509);
  }

  @Override
  public CertificateIdentityResult requestCertificateIdentity(
      ConnectionId cid,
      boolean client,
      @Nullable List<X500Principal> issuers,
      @Nullable ServerNames serverNames,
      @Nullable List<CertificateKeyAlgorithm> keyAlgorithms,
      @Nullable List<SignatureAndHashAlgorithm> signatures,
      @Nullable List<SupportedGroup> curves) {
    return now()
        .requestCertificateIdentity(
            cid, client, issuers, serverNames, keyAlgorithms, signatures, curves);
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // The certificate is there at once.
  }
}
