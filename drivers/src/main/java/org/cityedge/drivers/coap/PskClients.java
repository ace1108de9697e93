package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.function.Function;
import javax.crypto.SecretKey;
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
 * The keys of those who come to the inbox. An unknown identity gets a key that nobody has, so that
 * its handshake fails exactly as that of a known one with a wrong key (RFC 4279 §2). Any thread.
 */
final class PskClients implements AdvancedPskStore {
  private static final Logger log = LoggerFactory.getLogger(PskClients.class);
  private static final int KEY_BYTES = 16;

  private final PskKeys keys;
  private final Function<String, @Nullable String> keyRefs;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param keyRefs the secret of an identity, null for an unknown one
   */
  PskClients(PskKeys keys, Function<String, @Nullable String> keyRefs) {
    this.keys = keys;
    this.keyRefs = keyRefs;
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
    String keyRef =
        identity.isCompliantEncoding() ? keyRefs.apply(identity.getPublicInfoAsString()) : null;
    return new PskSecretResult(cid, identity, keyRef == null ? nobodys() : key(keyRef));
  }

  private SecretKey key(String keyRef) {
    try {
      return keys.read(keyRef);
    } catch (IOException e) {
      log.warn("A sensor cannot come to the inbox: {}", e.getMessage());
      return nobodys();
    }
  }

  private SecretKey nobodys() {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return SecretUtil.create(key, PskSecretResult.ALGORITHM_PSK);
  }

  @Override
  public @Nullable PskPublicInformation getIdentity(
      InetSocketAddress peer, @Nullable ServerNames virtualHost) {
    return null; // never a client
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
