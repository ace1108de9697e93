package org.cityedge.agent.uplink;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why there is no connection, in words for a person. Pure.
 *
 * @param cause what kind of cure helps
 * @param reason what happened
 * @param cure what to do; may be empty
 */
record LinkFault(MqttLink.Loss cause, String reason, String cure) {
  private static final Pattern ALERT = Pattern.compile("fatal alert: ([a-z_]+)");

  /** Alerts by which a broker refuses our certificate, or its absence (RFC 8446 §6.2). */
  private static final Set<String> OF_CERTIFICATES =
      Set.of(
          "access_denied",
          "bad_certificate",
          "certificate_expired",
          "certificate_required",
          "certificate_revoked",
          "certificate_unknown",
          "handshake_failure",
          "unknown_ca",
          "unsupported_certificate");

  private static final String OTHER_CERTIFICATE =
      "name in uplink.tls a certificate that the broker's CA has issued, with its key";

  static final String ALLOW_RETAIN = "let the broker keep retained messages";

  /** The broker asked for a certificate and left without a word. */
  static final LinkFault CERTIFICATE_REFUSED =
      new LinkFault(
          MqttLink.Loss.CERTIFICATE,
          "the broker refuses the gateway's certificate: it asked for one and closed the connection",
          OTHER_CERTIFICATE);

  static final LinkFault NO_ANSWER =
      network("no answer in time", "check the network between, and that the broker is alive");

  /** Both, for a log. */
  String text() {
    return cure.isEmpty() ? reason : reason + "; " + cure;
  }

  /** What a fault of the line means. */
  static LinkFault of(Throwable fault) {
    for (Throwable at = fault; at != null; at = at.getCause()) {
      if (at instanceof PinnedTrust.Problem problem) {
        return new LinkFault(MqttLink.Loss.CERTIFICATE, problem.reason(), problem.cure());
      }
    }
    return switch (fault) {
      case SSLException e -> tls(String.valueOf(e.getMessage()));
      case UnknownHostException e ->
          network(
              "the name " + e.getMessage() + " has no address",
              "correct uplink.brokers, or the gateway's DNS");
      case NoRouteToHostException _ ->
          network("no route to the broker", "check the gateway's network and uplink.brokers");
      case ConnectException e ->
          network(
              "no connection: " + e.getMessage(),
              "check that the broker runs, its port, and the firewalls between");
      case SocketTimeoutException _ -> NO_ANSWER;
      case EOFException _ -> network("the broker closed the connection", "see the broker's log");
      case IOException e -> network(e.toString(), "");
      default -> network(fault.toString(), "");
    };
  }

  private static LinkFault tls(String message) {
    Matcher alert = ALERT.matcher(message);
    if (alert.find() && OF_CERTIFICATES.contains(alert.group(1))) {
      return new LinkFault(
          MqttLink.Loss.CERTIFICATE,
          "the broker refuses the gateway's certificate (TLS alert " + alert.group(1) + ")",
          OTHER_CERTIFICATE);
    }
    if (message.startsWith("Unsupported or unrecognized SSL message")) {
      return network(
          "the broker does not speak TLS at this port",
          "name its TLS port, usually 8883, or use mqtt://");
    }
    return network("the TLS handshake broke off: " + message, "see the broker's log");
  }

  /**
   * What the reason code of CONNACK or DISCONNECT means.
   *
   * @param packet which of the two
   * @param code from 0x80 (MQTT 5 §3.2.2.2, §3.14.2.1)
   * @param said the broker's own Reason String
   */
  static LinkFault refused(String packet, int code, @Nullable String said) {
    String reason =
        String.format("%s 0x%02x %s", packet, code, name(code))
            + (said == null || said.isBlank() ? "" : ": \"" + said + "\"");
    String cure =
        switch (code) {
          case 0x84 -> "set uplink.protocol: mqtt-3.1.1, or the broker's MQTT 5 listener";
          case 0x85 -> "let the broker accept the gateway's id as client id";
          case 0x86 -> "correct uplink.user, or the file that uplink.passwordRef names";
          case 0x87, 0x8a -> "let the broker's administrator admit this gateway";
          case 0x9a -> ALLOW_RETAIN;
          case 0x8e -> "see that no other client uses this gateway's id";
          default -> "see the broker's log";
        };
    return new LinkFault(MqttLink.Loss.REFUSED, reason, cure);
  }

  /** The broker's DISCONNECT: refused when it says so, else an end like any other. */
  static LinkFault disconnected(int code, @Nullable String said) {
    LinkFault fault = refused("DISCONNECT", code, said);
    return code == 0x87 ? fault : network(fault.reason(), fault.cure());
  }

  private static String name(int code) {
    return switch (code) {
      case 0x80 -> "unspecified error";
      case 0x81 -> "malformed packet";
      case 0x82 -> "protocol error";
      case 0x84 -> "unsupported protocol version";
      case 0x85 -> "client identifier not valid";
      case 0x86 -> "bad user name or password";
      case 0x87 -> "not authorized";
      case 0x88 -> "server unavailable";
      case 0x89 -> "server busy";
      case 0x8a -> "banned";
      case 0x8b -> "server shutting down";
      case 0x8d -> "keep alive timeout";
      case 0x8e -> "session taken over";
      case 0x93 -> "receive maximum exceeded";
      case 0x94 -> "topic alias invalid";
      case 0x95 -> "packet too large";
      case 0x97 -> "quota exceeded";
      case 0x9a -> "retain not supported";
      case 0x9c -> "use another server";
      case 0x9d -> "server moved";
      case 0x9f -> "connection rate exceeded";
      default -> "unknown reason";
    };
  }

  /** The client's reader died of what the broker sent. */
  static LinkFault unreadable(Throwable death) {
    return new LinkFault(
        MqttLink.Loss.UNREADABLE,
        "a message to this gateway cannot be read: " + death.getMessage(),
        "see who publishes to its topics with control characters");
  }

  static LinkFault network(String reason, String cure) {
    return new LinkFault(MqttLink.Loss.NETWORK, reason, cure);
  }
}
