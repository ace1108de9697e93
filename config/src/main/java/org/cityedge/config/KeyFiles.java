package org.cityedge.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Certificates and the private keys that belong to them, as PEM files. Any thread.
 *
 * @param secrets passwords and private keys
 * @param certificates the folder {@code certificates} of the data folder; these are no secrets
 */
public record KeyFiles(Secrets secrets, Path certificates) {
  /** A dozen certificates of the largest usual kind. */
  private static final int MAX_BYTES = 64 * 1024;

  /** A certificate of the gateway's own, first in its chain, and its key. */
  public record Identity(List<X509Certificate> chain, PrivateKey key) {}

  /** Those of a data folder. */
  public static KeyFiles in(Path data) {
    return new KeyFiles(new Secrets(data.resolve("secrets")), data.resolve("certificates"));
  }

  /**
   * A certificate and its key.
   *
   * @throws IOException when a file is missing or cannot be used, or the two do not belong
   *     together; the text names the file, what is wrong and the cure, never the content
   */
  public Identity identity(String certificate, String keyRef) throws IOException {
    List<X509Certificate> chain = chain(certificate);
    PrivateKey key;
    try {
      key = Pem.key(secrets.readKey(keyRef));
    } catch (GeneralSecurityException e) {
      // Not as a cause: nothing of a key's text may reach a log.
      throw new IOException("key secrets/" + keyRef + " " + e.getMessage());
    }
    if (!belongTogether(chain.getFirst().getPublicKey(), key)) {
      throw new IOException(
          "key secrets/"
              + keyRef
              + " is not the key of certificate "
              + certificates.resolve(certificate)
              + "; the gateway's own certificate must be the first in its file");
    }
    return new Identity(chain, key);
  }

  /**
   * The certificates of a file, in its order; at least one.
   *
   * @throws IOException as {@link #identity}
   */
  public List<X509Certificate> chain(String name) throws IOException {
    if (!Secrets.REFERENCE.matcher(name).matches()) {
      throw new IOException(
          "certificate must match " + Secrets.REFERENCE.pattern() + ", was \"" + name + "\"");
    }
    Path file = certificates.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new IOException("certificate " + file + " is missing; put the PEM file there");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("certificate " + file + " is larger than 64 KiB");
    }
    try {
      return Pem.certificates(Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (CertificateException e) {
      throw new IOException("certificate " + file + " " + e.getMessage(), e);
    }
  }

  /** Whether what the one signs, the other verifies. */
  private static boolean belongTogether(PublicKey certified, PrivateKey key) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    byte[] text = "which key is it".getBytes(StandardCharsets.US_ASCII);
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(text);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(certified);
      verifier.update(text);
      return verifier.verify(signature);
    } catch (SignatureException _) {
      return false;
    } catch (GeneralSecurityException _) {
      // Keys of different kinds.
      return false;
    }
  }
}
