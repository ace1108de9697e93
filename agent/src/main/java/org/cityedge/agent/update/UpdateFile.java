package org.cityedge.agent.update;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.config.NewFile;
import org.cityedge.config.Sha256;

/**
 * An update as one file: what is said of the content comes before it, so that a reader need not
 * believe a byte that is not signed.
 *
 * <pre>
 *   CITYEDGE-UPDATE 1 LENGTH\n     ASCII; LENGTH of the signed claims, 1..8192
 *   {"payload":…}                 the claims, signed ({@link org.cityedge.config.SignedUpdate})
 *   …                             the content of a root slot
 * </pre>
 */
public final class UpdateFile {
  static final int MOST_CLAIMS = 8192;

  private static final Pattern HEAD = Pattern.compile("CITYEDGE-UPDATE 1 ([1-9][0-9]{0,3})");
  private static final int MOST_HEAD = 32;
  private static final int CHUNK = 1 << 20;

  private UpdateFile() {}

  /**
   * Reads up to the content, which is what the stream has next.
   *
   * @return the signed claims
   * @throws IOException when it has not this form; the text says what it must be
   */
  static byte[] readClaims(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || head.length() == MOST_HEAD) {
        throw new IOException(
            "it is no update; its first line must be \"CITYEDGE-UPDATE 1 LENGTH\"");
      }
      head.append((char) c);
    }
    Matcher form = HEAD.matcher(head);
    if (!form.matches() || Integer.parseInt(form.group(1)) > MOST_CLAIMS) {
      throw new IOException(
          "it is no update; its first line must be \"CITYEDGE-UPDATE 1 LENGTH\", LENGTH 1..%d"
              .formatted(MOST_CLAIMS));
    }
    int length = Integer.parseInt(form.group(1));
    byte[] claims = in.readNBytes(length);
    if (claims.length < length) {
      throw new EOFException("the file ends within its claims");
    }
    return claims;
  }

  /**
   * Makes an update.
   *
   * @param claims signed, of this content
   * @throws java.nio.file.FileAlreadyExistsException when the file is there already
   * @throws IOException when it cannot be written; it is not there then
   */
  public static void write(byte[] claims, Path content, Path file) throws IOException {
    if (claims.length > MOST_CLAIMS) {
      throw new IOException(
          "the claims have %d bytes, at most %d are read".formatted(claims.length, MOST_CLAIMS));
    }
    byte[] head =
        "CITYEDGE-UPDATE 1 %d\n".formatted(claims.length).getBytes(StandardCharsets.US_ASCII);
    NewFile.write(
        file,
        out -> {
          out.write(head);
          out.write(claims);
          Files.copy(content, out);
        });
  }

  /** SHA-256 of a file, in hexadecimal. */
  public static String sha256(Path content) throws IOException {
    MessageDigest digest = Sha256.begin();
    try (InputStream in = Files.newInputStream(content)) {
      byte[] chunk = new byte[CHUNK];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
    }
    return Sha256.hex(digest);
  }
}
