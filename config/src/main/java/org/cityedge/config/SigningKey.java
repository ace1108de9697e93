package org.cityedge.config;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/**
 * A key of the maintainer's, by which he signs: in a PEM file (PKCS #8, RFC 8410 §7) that only its
 * owner may read, which {@code openssl pkey} reads as well. Its id is the file's name without
 * {@code .key}. No text of this class shows it.
 */
public final class SigningKey {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----\n";
  private static final String END = "-----END PRIVATE KEY-----\n";
  private static final String SUFFIX = ".key";

  private final String id;
  private final PrivateKey key;

  private SigningKey(String id, PrivateKey key) {
    this.id = id;
    this.key = key;
  }

  /** {@code cfg-2026a}. */
  public String id() {
    return id;
  }

  Jws.Signer signer() {
    return text -> Ed25519.sign(key, text);
  }

  /**
   * Makes a key and writes it.
   *
   * @param file {@code …/ID.key}; must not be there
   * @return the public key, 32 bytes in base64url
   * @throws IOException when it is there, or cannot be written
   */
  public static String generate(Path file) throws IOException {
    idOf(file);
    KeyPair pair;
    try {
      pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK from 15 on has Ed25519", e);
    }
    String body =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPrivate().getEncoded());
    // Born with its mode: there is no instant in which others could open it.
    try {
      NewFile.write(
          file,
          stream -> stream.write((BEGIN + body + "\n" + END).getBytes(US_ASCII)),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      throw new IOException("key " + file + " is there already and is not replaced", e);
    }
    return Base64Url.encode(Ed25519.raw(pair.getPublic()));
  }

  /**
   * Reads a key.
   *
   * @throws IOException when it is missing, readable by others or no Ed25519 key; the text names
   *     the file and the cure, never the content
   */
  public static SigningKey read(Path file) throws IOException {
    String id = idOf(file);
    Path folder = file.toAbsolutePath().resolveSibling("");
    String text = new Secrets(folder).readKey(file.getFileName().toString()) + "\n";
    if (!text.startsWith(BEGIN) || !text.endsWith(END)) {
      throw new IOException("key " + file + " is no PKCS #8 PEM file");
    }
    try {
      byte[] encoded =
          Base64.getMimeDecoder()
              .decode(text.substring(BEGIN.length(), text.length() - END.length()));
      PrivateKey key =
          KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(encoded));
      return new SigningKey(id, key);
    } catch (GeneralSecurityException | IllegalArgumentException _) {
      // Without its cause, whose text might show some of it.
      throw new IOException("key " + file + " is no Ed25519 key");
    }
  }

  private static String idOf(Path file) throws IOException {
    String name = file.getFileName().toString();
    String id = name.substring(0, Math.max(0, name.length() - SUFFIX.length()));
    if (!name.endsWith(SUFFIX) || !Jws.KEY_ID.matcher(id).matches()) {
      throw new IOException(
          "a key's file is named ID.key, the id 1 to 32 of a-z, 0-9, . and -, was " + name);
    }
    return id;
  }
}
