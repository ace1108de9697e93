package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.CoapSecurity;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.scandium.dtls.DtlsHandshakeTimeoutException;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for its resources (RFC 6690 §4) and proposes a configuration, block-wise where the
 * list is long. Reads at most 64 KiB.
 */
public final class Discovery {
  private static final int LARGEST = 64 * 1024;

  private Discovery() {}

  /**
   * What was found.
   *
   * @param resources how many links the server has
   * @param sensors how many of them became an entry
   * @param yaml a section {@code sensors} with comments; comments alone when there is no entry
   */
  public record Outcome(int resources, int sensors, String yaml) {}

  /**
   * @param server {@code coap://host[:port]} or {@code coaps://host[:port]}, without path
   * @param security how it is known: of a {@code coaps} server only, and then so
   * @param files the keys and certificates that {@code security} names
   * @throws IOException when nothing can be proposed; the message names the address and the cure
   */
  public static Outcome discover(
      URI server, CoapSecurity security, KeyFiles files, Duration patience)
      throws IOException, InterruptedException {
    Response response = ask(server, security, files, patience);
    String place = server + "/.well-known/core";
    if (!response.isSuccess()) {
      throw new IOException(
          place
              + ": answered "
              + response.getCode()
              + " "
              + response.getCode().name()
              + "; the server offers no discovery, so its manual has to name the resources");
    }
    int format = response.getOptions().getContentFormat();
    if (response.getOptions().hasContentFormat()
        && format != ContentFormats.APPLICATION_LINK_FORMAT) {
      throw new IOException(
          place + ": must answer Content-Format 40 (link format), was " + format + "; is it CoAP?");
    }
    try {
      List<Link> links = LinkFormat.parse(utf8(response.getPayload()));
      return outcome(server, security, links);
    } catch (MalformedPayload e) {
      throw new IOException(
          place
              + ": "
              + e.getMessage()
              + "; the server's list is broken, so its manual has to name the resources",
          e);
    }
  }

  private static Outcome outcome(URI server, CoapSecurity security, List<Link> links) {
    ProposedSensors proposed = ProposedSensors.of(server, security, links);
    StringBuilder yaml = new StringBuilder();
    int sensors =
        (int) proposed.entries().stream().filter(line -> line.startsWith("  - id:")).count();
    if (sensors > 0) {
      yaml.append("# Leave this line out where the configuration has it already.\nsensors:\n");
      proposed.entries().forEach(line -> yaml.append(line).append('\n'));
    }
    if (!proposed.comments().isEmpty()) {
      yaml.append("# What these measure is not said; quantity and unit are yours to write:\n");
      proposed.comments().forEach(line -> yaml.append("#   ").append(line).append('\n'));
    }
    return new Outcome(links.size(), sensors, yaml.toString());
  }

  private static String utf8(byte[] payload) throws MalformedPayload {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedPayload("link format must be UTF-8 text");
    }
  }

  private static Response ask(URI server, CoapSecurity security, KeyFiles files, Duration patience)
      throws IOException, InterruptedException {
    Target target = new Target(server.resolve("/.well-known/core"));
    Request get = target.get(address(server));
    get.getOptions().setAccept(ContentFormats.APPLICATION_LINK_FORMAT);
    Failure failure = new Failure();
    get.addMessageObserver(failure);
    try (CoapLink link = new CoapLink(files, LARGEST)) {
      link.caller(security, () -> {}).send(get);
      Response response = get.waitForResponse(patience.toMillis());
      if (response == null) {
        throw new IOException(server + ": " + failure.reason(patience));
      }
      return response;
    }
  }

  /** Why there is no response; written by Californium's threads. */
  private static final class Failure extends Handshake {
    private volatile @Nullable String reason;

    @Override
    public void onReject() {
      reason = "rejected the request with a reset; is it CoAP on this port?";
    }

    @Override
    public void onSendError(Throwable error) {
      reason =
          switch (error) {
            case DtlsHandshakeTimeoutException _ -> null; // silence
            case HandshakeException refused -> refused(refused);
            default -> "cannot be reached: " + error.getMessage() + "; check address and network";
          };
    }

    @Override
    public void onResponseHandlingError(Throwable error) {
      reason =
          "answered what cannot be put together (at most "
              + LARGEST
              + " bytes are read): "
              + error.getMessage();
    }

    String reason(Duration patience) {
      String known = reason;
      return known != null
          ? known
          : "does not answer within "
              + patience.toSeconds()
              + " s; check that it is on, that the address is right and that UDP gets through, and"
              + " wake it up if it sleeps"
              + (mayLackTheKey() ? "; it is silent to a wrong identity or key too" : "");
    }
  }

  private static InetAddress address(URI server) throws IOException {
    try {
      return InetAddress.getByName(server.getHost());
    } catch (UnknownHostException e) {
      throw new IOException(
          server + ": the host name has no address; give the address in numbers", e);
    }
  }
}
