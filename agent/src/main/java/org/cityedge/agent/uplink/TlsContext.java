package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.cityedge.config.KeyFiles;

/**
 * TLS towards a broker: 1.2 (RFC 5246) or 1.3 (RFC 8446), a pinned CA, host names checked as HTTPS
 * does (RFC 2818 §3.1), IP addresses included.
 */
final class TlsContext {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final SSLContext context;
  private final ClientKeys keys;
  private final List<Expiry> own;

  private TlsContext(SSLContext context, ClientKeys keys, List<Expiry> own) {
    this.context = context;
    this.keys = keys;
    this.own = own;
  }

  /** For one connection. */
  static TlsContext of(
      List<X509Certificate> authorities,
      String authoritiesFile,
      Optional<KeyFiles.Identity> identity,
      InstantSource clock)
      throws GeneralSecurityException, IOException {
    List<Expiry> own = new ArrayList<>();
    authorities.forEach(ca -> own.add(Expiry.of("ca", ca)));
    identity.ifPresent(us -> own.add(Expiry.of("gateway", us.chain().getFirst())));
    ClientKeys keys = new ClientKeys(identity);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        new KeyManager[] {keys},
        new TrustManager[] {new PinnedTrust(authorities, authoritiesFile, clock)},
        null);
    return new TlsContext(context, keys, List.copyOf(own));
  }

  /**
   * TLS over a connected line; the handshake is still to come.
   *
   * @param host as the configuration names the broker: that is what its certificate must be for
   */
  SSLSocket over(Socket line, String host, int port) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(line, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  /**
   * Whether the broker asked for a certificate. A connection that then ends before CONNACK was most
   * likely refused for it: in TLS 1.3 the client may have finished, or still be writing, when the
   * server looks, and the alert that says so can be lost with the connection (RFC 8446 §6.2).
   */
  boolean certificateAsked() {
    return keys.asked();
  }

  /** The certificates of our files, and the broker's. */
  List<Expiry> expiries(SSLSession session) {
    List<Expiry> out = new ArrayList<>(own);
    try {
      if (session.getPeerCertificates()[0] instanceof X509Certificate broker) {
        out.add(Expiry.of("broker", broker));
      }
    } catch (SSLPeerUnverifiedException _) {
      // Without a certificate the handshake would have failed.
    }
    return out;
  }
}
