package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import javax.crypto.SecretKey;
import org.cityedge.drivers.CoapSecurity.Psk;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.PskPublicInformation;
import org.eclipse.californium.scandium.dtls.PskSecretResult;
import org.eclipse.californium.scandium.dtls.pskstore.AdvancedPskStore;
import org.eclipse.californium.scandium.util.SecretUtil;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which identity and key the gateway uses towards which server. Two devices may know the gateway by
 * the same identity and different keys, so a credential's name here is both: {@code
 * keyRef/identity}; only the identity travels. One credential per address at a time. Any thread.
 */
final class PskPeers implements AdvancedPskStore {
  private static final Logger log = LoggerFactory.getLogger(PskPeers.class);

  private final PskKeys keys;
  private final Peers<Psk> peers = new Peers<>();

  PskPeers(PskKeys keys) {
    this.keys = keys;
  }

  Peers<Psk> peers() {
    return peers;
  }

  /**
   * From now on this credential is for that address, until the user is released.
   *
   * @throws IOException when another sensor uses another one there, or the key cannot be read; the
   *     text names the cure
   */
  Peers.Peer<Psk> claim(InetSocketAddress address, Psk psk, Peers.User user) throws IOException {
    // Here, since a handshake could only say that it failed.
    SecretUtil.destroy(keys.read(psk.keyRef()));
    Peers.Peer<Psk> peer = peers.claim(address, psk, user);
    if (!peer.known().equals(psk)) {
      throw new IOException(
          "another sensor at the same address has another identity or key; give both the same");
    }
    return peer;
  }

  @Override
  public @Nullable PskPublicInformation getIdentity(
      InetSocketAddress peer, @Nullable ServerNames virtualHost) {
    Psk psk = peers.known(peer);
    return psk == null
        ? null
        : new PskPublicInformation(
            psk.keyRef() + "/" + psk.identity(), psk.identity().getBytes(UTF_8));
  }

  @Override
  public PskSecretResult requestPskSecretResult(
      ConnectionId cid,
      @Nullable ServerNames serverName,
      PskPublicInformation identity,
      String hmacAlgorithm,
      @Nullable SecretKey otherSecret,
      byte[] seed,
      boolean useExtendedMasterSecret) {
    String name = identity.getPublicInfoAsString();
    SecretKey key = null;
    try {
      key = keys.read(name.substring(0, Math.max(0, name.indexOf('/'))));
    } catch (IOException e) {
      log.warn("No handshake with a CoAP server: {}", e.getMessage());
    }
    return new PskSecretResult(cid, identity, key);
  }

  @Override
  public boolean hasEcdhePskSupported() {
    return true;
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // Keys are there at once.
  }
}
