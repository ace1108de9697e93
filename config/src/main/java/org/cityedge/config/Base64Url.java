package org.cityedge.config;

import java.util.Base64;

/**
 * Base 64 with the URL alphabet and without padding (RFC 7515 §2). Strict: of the texts that other
 * decoders take for the same bytes, only the one that an encoder writes.
 */
final class Base64Url {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private Base64Url() {}

  static String encode(byte[] bytes) {
    return ENCODER.encodeToString(bytes);
  }

  /**
   * @throws IllegalArgumentException when it is not that
   */
  static byte[] decode(String text) {
    byte[] bytes = Base64.getUrlDecoder().decode(text);
    if (!encode(bytes).equals(text)) {
      throw new IllegalArgumentException("not the shortest form");
    }
    return bytes;
  }
}
