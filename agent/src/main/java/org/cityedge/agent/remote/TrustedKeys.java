package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import org.cityedge.config.ConfigException;
import org.cityedge.config.KeyList;
import org.cityedge.config.Sha256;

/**
 * The folder {@code keys} of the data folder: {@code root.pub.json}, the root's public key as
 * provisioned, and {@code keys.jws}, the list that it has signed. Without the root key nothing from
 * afar is followed, or even subscribed to. Read anew for each order, so that a new list counts from
 * the next one.
 */
public final class TrustedKeys {
  private static final long MOST_BYTES = 64 * 1024;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path root;
  private final Path list;

  public TrustedKeys(Path data) {
    this.root = data.resolve("keys").resolve("root.pub.json");
    this.list = data.resolve("keys").resolve("keys.jws");
  }

  /** Whether this gateway was provisioned for orders from afar. */
  public boolean provisioned() {
    return Files.exists(root);
  }

  /** Names both files' content; {@code none} without a root key. */
  String fingerprint() {
    return provisioned() ? "root " + sha256(root) + " list " + sha256(list) : "none";
  }

  private static String sha256(Path file) {
    try {
      return Sha256.hex(bytes(file, "provision this gateway")).substring(0, 32);
    } catch (IOException e) {
      return "missing";
    }
  }

  /**
   * @throws IOException when a file is missing or cannot be used; the text names it and the cure
   */
  public KeyList read() throws IOException {
    PublicKey key = rootKey(root);
    try {
      return KeyList.verify(bytes(list, "write there what cityedge config keys has made"), key);
    } catch (ConfigException e) {
      throw new IOException(list + " is not usable: " + e.getMessage(), e);
    }
  }

  /** The key in a file of {@code config keygen root.key}. */
  public static PublicKey rootKey(Path file) throws IOException {
    JsonNode entry =
        JSON.readTree(bytes(file, "write there what cityedge config keygen root.key has made"));
    try {
      return KeyList.rootKey(entry.path("x").asText());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " holds no public key: " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(Path file, String cure) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is missing; " + cure);
    }
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException(file + " is larger than 64 KiB");
    }
    return Files.readAllBytes(file);
  }
}
