package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.elements.util.CertPathUtil;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.CertificateMessage;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.CertificateVerificationResult;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.x509.CertificateConfigurationHelper;
import org.eclipse.californium.scandium.dtls.x509.ConfigurationHelperSetup;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.dtls.x509.StaticNewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/**
 * Trusts one authority, as its file says at each handshake, and a server's certificate only for the
 * host that the configuration names: a DNS name (no wildcards) or an address among the subject's
 * alternative names. One host per address at a time. Any thread.
 */
final class PinnedServers implements NewAdvancedCertificateVerifier, ConfigurationHelperSetup {
  private final CertificateFiles files;
  private final Peers<String> hosts = new Peers<>();

  PinnedServers(CertificateFiles files) {
    this.files = files;
  }

  Peers<String> peers() {
    return hosts;
  }

  /**
   * From now on this host is expected at that address, until the user is released.
   *
   * @param name its name, null for a literal address
   * @throws IOException when another sensor calls it otherwise
   */
  Peers.Peer<String> claim(InetSocketAddress address, @Nullable String name, Peers.User user)
      throws IOException {
    String host = name == null ? address.getAddress().getHostAddress() : name;
    Peers.Peer<String> peer = hosts.claim(address, host, user);
    if (!peer.known().equals(host)) {
      throw new IOException(
          "another sensor names the same address "
              + peer.known()
              + "; write the same host in both");
    }
    return peer;
  }

  private StaticNewAdvancedCertificateVerifier now() {
    return new Verifier(files.now().authorities());
  }

  private final class Verifier extends StaticNewAdvancedCertificateVerifier {
    Verifier(List<X509Certificate> authorities) {
      super(authorities.toArray(X509Certificate[]::new), null, List.of(CertificateType.X_509));
    }

    @Override
    public void verifyCertificatesSubject(
        @Nullable ServerNames names, @Nullable InetSocketAddress peer, X509Certificate certificate)
        throws HandshakeException {
      String host = peer == null ? null : hosts.known(peer);
      if (host == null || !isFor(certificate, host)) {
        throw new HandshakeException(
            "the certificate of "
                + CertPathUtil.getSubjectsCn(certificate)
                + " is not for "
                + host
                + "; correct the host in uri:, or the certificate",
            new AlertMessage(AlertLevel.FATAL, AlertDescription.BAD_CERTIFICATE));
      }
    }
  }

  @Override
  public void setupConfigurationHelper(CertificateConfigurationHelper helper) {
    now().setupConfigurationHelper(helper);
  }

  @Override
  public List<CertificateType> getSupportedCertificateTypes() {
    return List.of(CertificateType.X_509);
  }

  @Override
  public CertificateVerificationResult verifyCertificate(
      ConnectionId cid,
      @Nullable ServerNames serverName,
      @Nullable InetSocketAddress peer,
      boolean clientUsage,
      boolean verifySubject,
      boolean truncatePath,
      CertificateMessage message) {
    return now()
        .verifyCertificate(
            cid, serverName, peer, clientUsage, verifySubject, truncatePath, message);
  }

  @Override
  public List<X500Principal> getAcceptedIssuers() {
    return now().getAcceptedIssuers();
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // The result is there at once.
  }

  private static boolean isFor(X509Certificate certificate, String host) {
    return isLiteral(host)
        ? CertPathUtil.matchLiteralIP(certificate, host)
        : CertPathUtil.matchDestination(certificate, host);
  }

  private static boolean isLiteral(String host) {
    try {
      return InetAddress.ofLiteral(host) != null;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
