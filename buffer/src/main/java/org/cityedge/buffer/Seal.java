package org.cityedge.buffer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts files with a key that only this gateway has, so that a card that is taken out of it
 * shows no scene. AES-256 in GCM (NIST SP 800-38D), in chunks of {@value #CHUNK} bytes, so that
 * neither writing nor reading needs more memory than that.
 *
 * <p>A sealed file, numbers with their high byte first:
 *
 * <pre>
 *   0   4  "CEEV"
 *   4   1  version, 1
 *   5   3  zero
 *   8   8  bytes of the content
 *   16 32  salt, random
 *   48     the chunks, each followed by its tag of 16 bytes; only the last may be shorter
 * </pre>
 *
 * <p>A nonce must never come twice under one key (SP 800-38D section 8). So each file has a key of
 * its own, derived from the gateway's and the random salt with HKDF (RFC 5869), and under it the
 * nonce is the number of the chunk, the deterministic construction of section 8.2.1. A file is
 * written once and never changed. Header and name are authenticated with every chunk: a file that
 * was cut, mixed up, renamed or moved from another gateway is refused.
 *
 * <p>The key is 32 random bytes in hexadecimal, in a file that only the owner may read; it is made
 * when it is first needed. Without it nothing that was sealed can be read again. Any thread.
 */
public final class Seal {
  static final int CHUNK = 64 * 1024;
  static final int HEADER = 48;
  static final int TAG = 16;

  private static final int MAGIC = 0x43454556;
  private static final byte VERSION = 1;
  private static final int KEY = 32;
  private static final String UNFINISHED = ".new";

  /** Leftovers that one start takes away; each is of one kill in the first second of a gateway. */
  private static final int MOST_LEFT = 100;

  private static final byte[] PURPOSE = "cityedge evidence 1".getBytes(StandardCharsets.US_ASCII);
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final Path keyFile;
  private final SecureRandom random = new SecureRandom();
  // Guarded by this.
  private @Nullable SecretKey master;

  /**
   * Reads and makes nothing yet.
   *
   * @param keyFile need not be there
   */
  public Seal(Path keyFile) {
    this.keyFile = keyFile;
  }

  /** The size of a sealed file. */
  static long sealedSize(long content) {
    return HEADER + content + TAG * ((content + CHUNK - 1) / CHUNK);
  }

  /**
   * Writes a sealed file.
   *
   * @param name under which it is kept; it opens under no other
   * @param content exactly {@code size} bytes are read
   * @throws IOException when the key cannot be read or made, the content ends early, or the disk
   *     refuses
   */
  void write(String name, InputStream content, long size, FileChannel target) throws IOException {
    byte[] salt = new byte[32];
    random.nextBytes(salt);
    byte[] header =
        ByteBuffer.allocate(HEADER)
            .putInt(MAGIC)
            .put(VERSION)
            .put(new byte[3])
            .putLong(size)
            .put(salt)
            .array();
    SecretKey key = derived(key(true), salt);
    writeFully(target, header);
    long left = size;
    for (long number = 0; left > 0; number++) {
      int length = (int) Math.min(CHUNK, left);
      byte[] plain = content.readNBytes(length);
      if (plain.length < length) {
        throw new EOFException("the content of " + name + " ended " + left + " bytes early");
      }
      writeFully(target, crypt(Cipher.ENCRYPT_MODE, key, number, header, name, plain));
      left -= length;
    }
  }

  private static void writeFully(FileChannel target, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      target.write(left);
    }
  }

  /** A header that has been read, and the key that belongs to it. */
  record Opened(byte[] header, long size, SecretKey key) {}

  /**
   * Reads a sealed file's header.
   *
   * @throws SealedFile.Damaged when it is not one or was cut; the text names the file
   * @throws IOException when it cannot be read or there is no key
   */
  Opened open(FileChannel file, String name) throws IOException {
    byte[] header = new byte[HEADER];
    if (file.size() < HEADER + TAG) {
      throw new SealedFile.Damaged(
          name + " is no sealed file or was cut: it has " + file.size() + " bytes");
    }
    readFully(file, name, header, 0);
    ByteBuffer fields = ByteBuffer.wrap(header);
    if (fields.getInt() != MAGIC) {
      throw new SealedFile.Damaged(name + " is no sealed file; it was not kept by this agent");
    }
    byte version = fields.get();
    if (version != VERSION) {
      throw new SealedFile.Damaged(
          name + " is sealed in version " + version + "; this agent knows " + VERSION);
    }
    long size = fields.getLong(8);
    if (size <= 0 || size > Clips.MAX_CLIP || file.size() != sealedSize(size)) {
      throw new SealedFile.Damaged(
          name + " is damaged: " + file.size() + " bytes do not hold a content of " + size);
    }
    byte[] salt = new byte[32];
    fields.get(16, salt);
    return new Opened(header, size, derived(key(false), salt));
  }

  /**
   * Reads a chunk.
   *
   * @throws SealedFile.Damaged when it is damaged or was sealed with another key
   */
  byte[] chunk(FileChannel file, Opened opened, String name, long number) throws IOException {
    long left = opened.size() - number * CHUNK;
    byte[] sealed = new byte[(int) Math.min(CHUNK, left) + TAG];
    readFully(file, name, sealed, HEADER + number * (CHUNK + TAG));
    return crypt(Cipher.DECRYPT_MODE, opened.key(), number, opened.header(), name, sealed);
  }

  private static void readFully(FileChannel file, String name, byte[] bytes, long at)
      throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      if (file.read(left, at + left.position()) < 0) {
        throw new SealedFile.Damaged(
            name + " is damaged: it ended early at byte " + (at + left.position()));
      }
    }
  }

  private static byte[] crypt(
      int mode, SecretKey key, long number, byte[] header, String name, byte[] input)
      throws IOException {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      byte[] nonce = ByteBuffer.allocate(12).putLong(4, number).array();
      cipher.init(mode, key, new GCMParameterSpec(8 * TAG, nonce));
      cipher.updateAAD(header);
      cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
      return cipher.doFinal(input);
    } catch (AEADBadTagException e) {
      throw new SealedFile.Damaged(
          name + " is damaged, was renamed, or is sealed with another gateway's key");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-GCM", e);
    }
  }

  private static SecretKey derived(SecretKey master, byte[] salt) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey(
              "AES",
              HKDFParameterSpec.ofExtract().addIKM(master).addSalt(salt).thenExpand(PURPOSE, KEY));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java 25 has HKDF", e);
    }
  }

  /**
   * Takes away what was left of a key's making that a kill cut short: it may be the key itself. To
   * be called at a start; what cannot be deleted stays until the next. While there is no key
   * somebody may be making it, and nothing is touched.
   */
  void tidy() {
    if (Files.notExists(keyFile)) {
      return;
    }
    String begins = unfinished();
    try (Stream<Path> files = Files.list(StoreFile.folder(keyFile))) {
      for (Path file :
          files
              .filter(path -> path.getFileName().toString().startsWith(begins))
              .filter(path -> path.getFileName().toString().endsWith(UNFINISHED))
              .limit(MOST_LEFT)
              .toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException _) {
      // Nobody else can read it, so it harms as little as the key beside it.
    }
  }

  private String unfinished() {
    return "." + keyFile.getFileName() + ".";
  }

  private synchronized SecretKey key(boolean make) throws IOException {
    if (master == null) {
      if (make && Files.notExists(keyFile)) {
        makeKey();
      }
      master = new SecretKeySpec(readKey(), "HKDF");
    }
    return master;
  }

  private byte[] readKey() throws IOException {
    try {
      if (!OWNER.containsAll(Files.getPosixFilePermissions(keyFile))) {
        throw new IOException(
            "key " + keyFile + " can be read by others; run: chmod 600 " + keyFile);
      }
      byte[] key = HexFormat.of().parseHex(Files.readString(keyFile).strip());
      if (key.length == KEY) {
        return key;
      }
    } catch (NoSuchFileException e) {
      throw new IOException(
          "key " + keyFile + " is missing; without it nothing that was sealed can be opened", e);
    } catch (IllegalArgumentException e) {
      // The same as a wrong length; the cause would carry the key's text.
    }
    throw new IOException(
        "key "
            + keyFile
            + " is damaged: it must be 64 hexadecimal digits; put it back from a backup, or move"
            + " it away for a new one to be made");
  }

  /**
   * Whole or not at all, and never in the place of one that is there. Each maker has a file of its
   * own until then: of two that make it at once, which may be two processes, both go on with the
   * key of the quicker one.
   */
  private void makeKey() throws IOException {
    byte[] key = new byte[KEY];
    random.nextBytes(key);
    Path fresh =
        Files.createTempFile(
            StoreFile.folder(keyFile),
            unfinished(),
            UNFINISHED,
            PosixFilePermissions.asFileAttribute(OWNER));
    try {
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        writeFully(
            channel, (HexFormat.of().formatHex(key) + "\n").getBytes(StandardCharsets.US_ASCII));
        channel.force(true);
      }
      Files.createLink(keyFile, fresh);
    } catch (FileAlreadyExistsException | NoSuchFileException _) {
      // Somebody else was quicker; that one counts, and may have tidied this one away.
    } finally {
      Files.deleteIfExists(fresh);
    }
    Succession.syncFolderOf(keyFile);
    tidy();
  }
}
