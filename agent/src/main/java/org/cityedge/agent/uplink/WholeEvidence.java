package org.cityedge.agent.uplink;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import org.cityedge.buffer.SealedFile;
import org.cityedge.config.Sha256;

/**
 * A kept piece of evidence.
 *
 * @param size of all of it, in bytes
 * @param sha256 of all of it, 64 lower-case hex digits
 */
record WholeEvidence(String id, String contentType, long size, String sha256) {
  /**
   * Reads all of it, for its checksum.
   *
   * @throws IOException when it is gone, damaged or cannot be read
   */
  static WholeEvidence of(String id, SealedFile file) throws IOException {
    MessageDigest digest = Sha256.begin();
    try (InputStream in = new DigestInputStream(file.content(), digest)) {
      long size = in.transferTo(OutputStream.nullOutputStream());
      String hash = Sha256.hex(digest);
      return new WholeEvidence(id, contentType(file.name()), size, hash);
    }
  }

  private static String contentType(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "jpg" -> "image/jpeg";
      case "mp4" -> "video/mp4";
      default -> "application/octet-stream";
    };
  }
}
