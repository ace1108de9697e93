package org.cityedge.config;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys as texts (RFC 7468). Pure. Exceptions say what is wrong with the
 * text and what helps, never what it holds.
 */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** Kinds of key that a gateway may have; PKCS #8 says which one inside, the JDK asks anyway. */
  private static final List<String> KEYS = List.of("EC", "RSA", "Ed25519");

  private Pem() {}

  /** All certificates in the text's order, at least one. */
  static List<X509Certificate> certificates(String text) throws CertificateException {
    CertificateFactory x509 = CertificateFactory.getInstance("X.509");
    List<X509Certificate> out = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(text);
    while (blocks.find()) {
      if (blocks.group(1).equals("CERTIFICATE")) {
        out.add(certificate(x509, bytes(blocks.group(2)), out.size() + 1));
      }
    }
    if (out.isEmpty()) {
      throw new CertificateException(
          "holds no certificate; it must be PEM with -----BEGIN CERTIFICATE-----");
    }
    return out;
  }

  private static X509Certificate certificate(CertificateFactory x509, byte[] der, int number)
      throws CertificateException {
    try {
      return (X509Certificate) x509.generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new CertificateException(
          "certificate " + number + " in it is damaged; copy the file again", e);
    }
  }

  /** The one private key, PKCS #8 (RFC 5208), not encrypted: RSA, EC or Ed25519. */
  static PrivateKey key(String text) throws GeneralSecurityException {
    Matcher blocks = BLOCK.matcher(text);
    while (blocks.find()) {
      switch (blocks.group(1)) {
        case "PRIVATE KEY" -> {
          return key(bytes(blocks.group(2)));
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new InvalidKeySpecException(
                "is encrypted; the agent has nobody to ask for a passphrase, so run: openssl pkcs8 -in OLD -out NEW");
        case "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
            throw new InvalidKeySpecException(
                "is in OpenSSL's old format; run: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW");
        default -> {} // parameters and certificates may stand beside the key
      }
    }
    throw new InvalidKeySpecException(
        "holds no private key; it must be PEM with -----BEGIN PRIVATE KEY-----");
  }

  private static PrivateKey key(byte[] der) throws GeneralSecurityException {
    for (String kind : KEYS) {
      try {
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException _) {
        // Not of this kind.
      }
    }
    throw new InvalidKeySpecException("is damaged, or neither RSA nor EC nor Ed25519");
  }

  /** Nothing when it is no base 64: what is made of it then says so. */
  private static byte[] bytes(String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException _) {
      return new byte[0];
    }
  }
}
