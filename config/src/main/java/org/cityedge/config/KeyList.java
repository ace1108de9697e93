package org.cityedge.config;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.spec.InvalidKeySpecException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The keys whose orders a gateway follows, as the offline root key has signed them (config.md §2).
 * Immutable.
 *
 * @param epoch a list replaces only one of a lower epoch; sequence numbers begin anew with it, for
 *     orders that are issued after the last one that was followed
 * @param requiredSignatures how many signatures a configuration needs: 1, by a key of role config,
 *     or 2, the second by one of role countersign
 * @param keys by their id; at most 32
 */
public record KeyList(int epoch, int requiredSignatures, Map<String, Key> keys) {
  /** {@code typ} of a signed list. */
  static final String TYPE = "cityedge-keys+jws";

  static final String ROOT = "root";
  static final int MOST_KEYS = 32;
  private static final Pattern RAW = Pattern.compile("[A-Za-z0-9_-]{43}");

  /** Unix time of 3000-01-01, so that an instant stays one that RFC 3339 can write. */
  static final long LATEST = 32_503_680_000L;

  /** What a key may sign. */
  public enum Role {
    /** Configurations. */
    CONFIG("configurations"),
    /** As the second signature of a configuration, never alone: the city beside the maintainer. */
    COUNTERSIGN("configurations"),
    /** Commands that change something (wire.md §6). */
    COMMAND("commands"),
    /** Contents of root slots. */
    UPDATE("updates");

    private final String plural;

    Role(String plural) {
      this.plural = plural;
    }

    /** What it may sign, in words. */
    String plural() {
      return plural;
    }
  }

  /**
   * @param expires judged only while the clock is trusted
   */
  public record Key(String id, Role role, PublicKey key, Instant expires) {}

  public KeyList {
    keys = Map.copyOf(keys);
  }

  /**
   * Verifies a signed list and reads it.
   *
   * @throws ConfigException when it is not signed by the root key alone, or anything in it is wrong
   */
  public static KeyList verify(byte[] signed, PublicKey root) throws ConfigException {
    Jws jws = Jws.parse(signed, TYPE);
    for (Jws.Seal seal : jws.seals()) {
      if (!seal.keyId().equals(ROOT) || !Ed25519.verifies(root, seal.text(), seal.signature())) {
        throw new ConfigException(
            "key list",
            List.of(new Problem("signatures", 0, "must be one, by the root key of this gateway")));
      }
    }
    return ConfigLoader.parse("key list", Jws.text("key list", jws.payload()), KeyList::read);
  }

  /**
   * Signs a list.
   *
   * @param text as JSON
   * @param root the root key, whose id must be {@code root}
   * @throws ConfigException when no gateway could take it
   */
  public static byte[] sign(String text, SigningKey root) throws ConfigException {
    ConfigLoader.parse("key list", text, KeyList::read);
    if (!root.id().equals(ROOT)) {
      throw new ConfigException(
          "key list", List.of(new Problem("", 0, "must be signed by root.key, was " + root.id())));
    }
    return Jws.sign(text.getBytes(StandardCharsets.UTF_8), TYPE, Jws.signers(List.of(root)));
  }

  /**
   * The root key as provisioned: 32 bytes in base64url.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static PublicKey rootKey(String text) {
    try {
      return Ed25519.publicKey(Base64Url.decode(text));
    } catch (InvalidKeySpecException e) {
      throw new IllegalArgumentException("it is no Ed25519 key", e);
    }
  }

  private static KeyList read(Section list) {
    list.text("typ", Pattern.compile("keys"), "keys");
    int epoch = list.integer("epoch", 1, Integer.MAX_VALUE);
    int required = list.integer("requiredSignatures", 1, Jws.MOST_SEALS);
    List<Section> entries = list.sections("keys");
    if (entries.isEmpty() || entries.size() > MOST_KEYS) {
      list.problem("keys", "must be 1.." + MOST_KEYS + ", were " + entries.size());
    }
    Map<String, Key> keys = new LinkedHashMap<>();
    for (Section entry : entries) {
      Optional<Key> key = key(entry);
      if (key.isPresent() && keys.put(key.get().id(), key.get()) != null) {
        entry.problem("kid", "is there twice: " + key.get().id());
      }
    }
    if (required > 1 && keys.values().stream().noneMatch(key -> key.role() == Role.COUNTERSIGN)) {
      list.problem(
          "requiredSignatures",
          "is 2, so there must be a key of role countersign, which signs second");
    }
    return new KeyList(epoch, required, keys);
  }

  private static Optional<Key> key(Section entry) {
    String id = entry.text("kid", Jws.KEY_ID, "a key's id of 1 to 32 of a-z, 0-9, . and -");
    Role role = entry.word("role", Role.class);
    Instant expires = Instant.ofEpochSecond(entry.whole("exp", 0, LATEST));
    Optional<String> raw = entry.optionalText("x", RAW, "32 bytes in base64url");
    if (raw.isEmpty()) {
      entry.problem("x", "is missing; must be the public key, 32 bytes in base64url");
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Key(id, role, Ed25519.publicKey(Base64Url.decode(raw.get())), expires));
    } catch (IllegalArgumentException | InvalidKeySpecException e) {
      entry.problem("x", "is no Ed25519 key");
      return Optional.empty();
    }
  }
}
