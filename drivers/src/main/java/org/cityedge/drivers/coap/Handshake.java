package org.cityedge.drivers.coap;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.PKIXReason;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.elements.EndpointContext;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request's DTLS handshake (RFC 6347) that came to nothing. Texts follow on the
 * place; they are fit for a log. Told by Californium's threads, read by any.
 */
abstract class Handshake extends MessageObserverAdapter {
  /** That of the client's key exchange: the server has seen who we are. */
  private static final int KEY_FLIGHT = 5;

  private volatile boolean begun;
  private volatile boolean done;

  /** The last that had to be sent again; 0 before the first. */
  private volatile int repeated;

  @Override
  public void onConnecting() {
    begun = true;
  }

  @Override
  public void onDtlsRetransmission(int flight) {
    begun = true;
    repeated = flight;
  }

  @Override
  public void onContextEstablished(EndpointContext context) {
    done = true;
  }

  /** What it means that no answer came so far. */
  String silence() {
    return begun && !done ? silentAt(repeated) : "does not answer in time";
  }

  /** Whether a wrong key or certificate would look the same. */
  boolean mayLackTheKey() {
    return begun && !done;
  }

  /**
   * @param flight of ours that is without an answer (RFC 6347 §4.2.4); 0 when not known
   */
  static String silentAt(int flight) {
    if (flight == 1) {
      return "does not answer the start of the DTLS handshake in time; check that it is on, and its"
          + " address and port";
    }
    return flight >= KEY_FLIGHT
        ? "is silent in the DTLS handshake once it has our key, as to a wrong one; compare identity,"
            + " key or certificates of both sides"
        : "does not finish the DTLS handshake in time; it is silent to a wrong key too";
  }

  static String refused(HandshakeException error) {
    return "shook no hands over DTLS: " + cause(error);
  }

  private static String cause(HandshakeException error) {
    String said = String.valueOf(error.getMessage());
    AlertDescription alert = error.getAlert().getDescription();
    return said.startsWith("Received ") ? theirs(alert) : ours(error, alert, said);
  }

  /** The other side has sent the alert (RFC 5246 §7.2.2). */
  private static String theirs(AlertDescription alert) {
    String name = "it says " + alert.getDescription();
    return switch (alert) {
      case UNKNOWN_PSK_IDENTITY -> name + "; enter our identity there, or correct it here";
      case DECRYPT_ERROR, BAD_RECORD_MAC -> name + "; compare the keys of both sides";
      case CERTIFICATE_EXPIRED ->
          name + "; renew the gateway's certificate, or set the server's clock";
      case UNKNOWN_CA -> name + "; it must trust the authority of the gateway's certificate";
      case BAD_CERTIFICATE,
          UNSUPPORTED_CERTIFICATE,
          CERTIFICATE_REVOKED,
          CERTIFICATE_UNKNOWN,
          NO_CERTIFICATE_RESERVED,
          ACCESS_DENIED ->
          name + "; it does not take the gateway's certificate";
      case HANDSHAKE_FAILURE, INSUFFICIENT_SECURITY ->
          name
              + "; it wants a certificate of the gateway that it trusts, or another kind of security";
      case PROTOCOL_VERSION -> name + "; it must speak DTLS 1.2";
      default -> name;
    };
  }

  private static String ours(HandshakeException error, AlertDescription alert, String said) {
    CertPathValidatorException.Reason reason = reason(error);
    if (alert == AlertDescription.CERTIFICATE_EXPIRED || reason == BasicReason.EXPIRED) {
      return "its certificate has expired; renew it, or set the gateway's clock";
    }
    if (reason == BasicReason.NOT_YET_VALID) {
      return "its certificate is not valid yet; set the gateway's clock";
    }
    if (reason == PKIXReason.NO_TRUST_ANCHOR || reason == BasicReason.INVALID_SIGNATURE) {
      return "its certificate is of another authority than ca: names; compare both";
    }
    return said;
  }

  private static CertPathValidatorException.@Nullable Reason reason(HandshakeException error) {
    for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathValidatorException invalid) {
        return invalid.getReason();
      }
    }
    return null;
  }
}
