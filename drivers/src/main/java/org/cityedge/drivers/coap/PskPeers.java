package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKey;
import org.cityedge.drivers.CoapSecurity.Psk;
import org.cityedge.drivers.Sensors;
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
 * keyRef/identity}; only the identity travels. At most one credential per address. Any thread.
 */
final class PskPeers implements AdvancedPskStore {
  private static final Logger log = LoggerFactory.getLogger(PskPeers.class);

  /** As many as there can be sensors, and as many former addresses of theirs. */
  private static final int MOST = 2 * Sensors.MOST;

  private final PskKeys keys;
  private final Map<InetSocketAddress, Psk> peers = new ConcurrentHashMap<>();

  PskPeers(PskKeys keys) {
    this.keys = keys;
  }

  /**
   * From now on this credential is for that address.
   *
   * @throws IOException when another sensor uses another one there, or the key cannot be read; the
   *     text names the cure
   */
  void bind(InetSocketAddress address, Psk psk) throws IOException {
    // Here, since a handshake could only say that it failed.
    SecretUtil.destroy(keys.read(psk.keyRef()));
    if (!peers.containsKey(address) && peers.size() >= MOST) {
      peers.clear(); // names that changed their address; those in use are bound again when asked
    }
    Psk earlier = peers.putIfAbsent(address, psk);
    if (earlier != null && !earlier.equals(psk)) {
      throw new IOException(
          "another sensor at the same address has another identity or key; give both the same");
    }
  }

  @Override
  public @Nullable PskPublicInformation getIdentity(
      InetSocketAddress peer, @Nullable ServerNames virtualHost) {
    Psk psk = peers.get(peer);
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
