package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts what the named certificates vouch for and nothing else (RFC 5280 §6, by the JDK), and says
 * of a broker's certificate that fails which of its claims is wrong. Revocation is not asked for: a
 * gateway behind a private network reaches no responder.
 */
final class PinnedTrust extends X509ExtendedTrustManager {
  /** A clock that is off by more has not been set at all. */
  private static final Duration UNSET = Duration.ofDays(365);

  /** subjectAltName entries (RFC 5280 §4.2.1.6). */
  private static final int DNS_NAME = 2;

  private static final int IP_ADDRESS = 7;

  /** What is wrong with the broker's certificate, for a person. */
  static final class Problem extends CertificateException {
    private static final long serialVersionUID = 1;

    private final String reason;
    private final String cure;

    Problem(String reason, String cure) {
      super(reason + "; " + cure);
      this.reason = reason;
      this.cure = cure;
    }

    String reason() {
      return reason;
    }

    String cure() {
      return cure;
    }
  }

  private final X509ExtendedTrustManager pkix;
  private final String file;
  private final InstantSource clock;

  /**
   * @param file where the CA certificates stand, for the texts
   */
  PinnedTrust(List<X509Certificate> authorities, String file, InstantSource clock)
      throws GeneralSecurityException, IOException {
    KeyStore anchors = KeyStore.getInstance("PKCS12");
    anchors.load(null, null);
    for (int i = 0; i < authorities.size(); i++) {
      anchors.setCertificateEntry("ca-" + i, authorities.get(i));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(anchors);
    this.pkix = extended(factory.getTrustManagers());
    this.file = file;
    this.clock = clock;
  }

  private static X509ExtendedTrustManager extended(TrustManager[] managers) {
    for (TrustManager manager : managers) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new IllegalStateException("this JDK has no X509ExtendedTrustManager");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    try {
      // The host name as well: the socket's endpoint identification says so.
      pkix.checkServerTrusted(chain, authType, socket);
    } catch (CertificateException e) {
      throw problem(chain, authType, socket, e);
    }
  }

  private Problem problem(
      X509Certificate[] chain, String authType, Socket socket, CertificateException fault) {
    Instant now = clock.instant();
    for (X509Certificate certificate : chain) {
      String whose =
          certificate.equals(chain[0])
              ? "the broker's certificate"
              : "the certificate of " + certificate.getSubjectX500Principal().getName();
      Instant from = certificate.getNotBefore().toInstant();
      Instant until = certificate.getNotAfter().toInstant();
      String clockSays = ", the gateway's clock says " + now;
      if (now.isBefore(from)) {
        boolean unset = now.plus(UNSET).isBefore(from);
        return new Problem(
            whose + " is not yet valid: it begins " + from + clockSays,
            unset ? "the clock is wrong: set it (NTP)" : "set the clock, or wait");
      }
      if (now.isAfter(until)) {
        return new Problem(whose + " expired on " + until + clockSays, "renew it at the broker");
      }
    }
    try {
      pkix.checkServerTrusted(chain, authType);
    } catch (CertificateException _) {
      return new Problem(
          "the broker's certificate was issued by \""
              + chain[0].getIssuerX500Principal().getName()
              + "\", whom "
              + file
              + " does not vouch for",
          "put the broker's CA into that file");
    }
    String host =
        socket instanceof SSLSocket secure && secure.getHandshakeSession() != null
            ? secure.getHandshakeSession().getPeerHost()
            : "the broker";
    List<String> names = names(chain[0]);
    return names.contains(host)
        ? new Problem(
            "the broker's certificate is not accepted: " + fault.getMessage(),
            "have it issued anew")
        : new Problem(
            "the broker's certificate is for "
                + (names.isEmpty() ? "no host name at all" : String.join(", ", names))
                + ", not for "
                + host,
            "name the broker by a name of its certificate, or have it issued for this one");
  }

  /** Every host that the certificate is for; its common name does not count (RFC 6125 §6.4.4). */
  static List<String> names(X509Certificate certificate) {
    List<String> out = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> entry : alternatives) {
          if (entry.get(0) instanceof Integer kind && (kind == DNS_NAME || kind == IP_ADDRESS)) {
            out.add(String.valueOf(entry.get(1)));
          }
        }
      }
    } catch (CertificateParsingException _) {
      // A certificate with unreadable names is for no host.
    }
    return out;
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return pkix.getAcceptedIssuers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw socketsOnly();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw socketsOnly();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw socketsOnly();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw socketsOnly();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw socketsOnly();
  }

  /** The other ways in would check no host name, so nobody passes there. */
  private static CertificateException socketsOnly() {
    return new CertificateException("only a socket towards a broker is trusted here");
  }
}
