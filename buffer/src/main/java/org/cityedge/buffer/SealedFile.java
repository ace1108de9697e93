package org.cityedge.buffer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;

/**
 * A clip as it is kept: sealed. Every call opens the file anew and says in its exception what is
 * wrong with it; nothing here changes or deletes it. Any thread.
 */
public final class SealedFile {
  /** It cannot be opened, however often it is tried; the text says what is wrong. */
  public static final class Damaged extends IOException {
    Damaged(String message) {
      super(message);
    }
  }

  private final Path file;
  private final Seal seal;

  SealedFile(Path file, Seal seal) {
    this.file = file;
    this.seal = seal;
  }

  /** {@code id.ending}. */
  public String name() {
    return file.getFileName().toString();
  }

  /** The name without its ending. */
  public String id() {
    return name().substring(0, name().lastIndexOf('.'));
  }

  /** Wall time at which it was put. */
  public Instant keptAt() throws IOException {
    return Files.getLastModifiedTime(file).toInstant();
  }

  /** Bytes of its content. */
  public long size() throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return seal.open(channel, name()).size();
    }
  }

  /**
   * A part of the content.
   *
   * @param from 0..size
   * @param length 0..size-from
   */
  public byte[] read(long from, int length) throws IOException {
    byte[] out = new byte[length];
    try (FileChannel channel = FileChannel.open(file)) {
      Seal.Opened opened = seal.open(channel, name());
      if (from < 0 || length > opened.size() - from) {
        throw new IOException(
            name()
                + " has "
                + opened.size()
                + " bytes; "
                + length
                + " from "
                + from
                + " do not lie in it");
      }
      for (int done = 0; done < length; ) {
        long at = from + done;
        byte[] chunk = seal.chunk(channel, opened, name(), at / Seal.CHUNK);
        int begin = (int) (at % Seal.CHUNK);
        int more = Math.min(length - done, chunk.length - begin);
        System.arraycopy(chunk, begin, out, done, more);
        done += more;
      }
    }
    return out;
  }

  /** The whole content, chunk by chunk; a damaged one fails in the middle. */
  public InputStream content() throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new Content(channel, seal.open(channel, name()));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private final class Content extends InputStream {
    private final FileChannel channel;
    private final Seal.Opened opened;
    private byte[] chunk = new byte[0];
    private int at;
    private long next;

    Content(FileChannel channel, Seal.Opened opened) {
      this.channel = channel;
      this.opened = opened;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at == chunk.length) {
        if (next * Seal.CHUNK >= opened.size()) {
          return -1;
        }
        chunk = seal.chunk(channel, opened, name(), next++);
        at = 0;
      }
      int more = Math.min(length, chunk.length - at);
      System.arraycopy(chunk, at, target, offset, more);
      at += more;
      return more;
    }

    @Override
    public void close() throws IOException {
      Arrays.fill(chunk, (byte) 0);
      channel.close();
    }
  }
}
