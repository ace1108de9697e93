package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.SecretKey;
import org.cityedge.config.Secrets;
import org.eclipse.californium.scandium.dtls.PskSecretResult;
import org.eclipse.californium.scandium.util.SecretUtil;

/**
 * Pre-shared keys in the secrets folder, read anew for each handshake: a changed file counts from
 * the next one. A key of less than 16 bytes can be guessed, and is refused. Any thread.
 */
record PskKeys(Secrets secrets) {
  private static final int LEAST = 16;
  private static final int MOST = 64;
  private static final String TEXT = "text:";

  /**
   * The key; the caller destroys it.
   *
   * @throws IOException when the file is missing, can be read by others or holds no key; the text
   *     names the file and the cure, never the content
   */
  SecretKey read(String keyRef) throws IOException {
    byte[] key = parse(secrets.read(keyRef), keyRef);
    try {
      return SecretUtil.create(key, PskSecretResult.ALGORITHM_PSK);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  static byte[] parse(String text, String keyRef) throws IOException {
    byte[] key = new byte[0];
    try {
      key =
          text.startsWith(TEXT)
              ? text.substring(TEXT.length()).getBytes(UTF_8)
              : HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException _) {
      // reported below, without the text
    }
    if (key.length < LEAST || key.length > MOST) {
      Arrays.fill(key, (byte) 0);
      throw new IOException(
          "key secrets/"
              + keyRef
              + " must be an even number of 32..128 hex digits, or text: and 16..64 bytes;"
              + " make one with: openssl rand -hex 16");
    }
    return key;
  }
}
