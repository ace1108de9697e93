package org.cityedge.agent.uplink;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.cityedge.config.KeyFiles;
import org.jspecify.annotations.Nullable;

/**
 * Shows the gateway's certificate to whoever asks, whatever issuers he says to prefer: a wrong one
 * is then refused by name, while none would be refused in silence. Remembers that it was asked for.
 */
final class ClientKeys extends X509ExtendedKeyManager {
  private static final String ALIAS = "gateway";

  private final Optional<KeyFiles.Identity> identity;
  private volatile boolean asked;

  ClientKeys(Optional<KeyFiles.Identity> identity) {
    this.identity = identity;
  }

  /** Whether the broker asked for a certificate (RFC 8446 §4.3.2). */
  boolean asked() {
    return asked;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    asked = true;
    return identity.isPresent() && List.of(keyTypes).contains(identity.get().key().getAlgorithm())
        ? ALIAS
        : null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return identity.map(own -> own.chain().toArray(X509Certificate[]::new)).orElse(null);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return identity.map(KeyFiles.Identity::key).orElse(null);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return identity.isPresent() ? new String[] {ALIAS} : null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chooseClientAlias(keyTypes, issuers, null);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
