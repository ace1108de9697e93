package org.cityedge.agent.uplink;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/** RFC 1952. The same bytes in give the same bytes out: no name, no time. */
final class Gzip {
  private Gzip() {}

  static byte[] compress(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length);
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new IllegalStateException("writing into memory does not fail", e);
    }
    return out.toByteArray();
  }
}
