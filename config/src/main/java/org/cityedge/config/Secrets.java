package org.cityedge.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The folder of secrets. A document names a secret by reference ({@code passwordRef: cam-1}); its
 * text stands in the file of that name, which only the owner may read (mode 0600 or stricter). No
 * secret is ever part of an exception's text.
 */
public final class Secrets {
  /** What a reference may look like; above all it cannot leave the folder. */
  public static final Pattern REFERENCE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private static final Pattern LINE_END = Pattern.compile("\\r?\\n\\z");

  /** Largest password. */
  private static final int PASSWORD_BYTES = 4 * 1024;

  /** Largest private key in PEM: RSA with 8192 bits needs 6.4 KiB. */
  private static final int KEY_BYTES = 16 * 1024;

  private final Path folder;

  public Secrets(Path folder) {
    this.folder = folder;
  }

  /**
   * The secret's text without the line break at its end; blanks there belong to it.
   *
   * @throws IOException when the file is missing, larger than 4 KiB, not UTF-8, or readable by
   *     others than its owner; the text names the file and the cure, never the content
   */
  public String read(String reference) throws IOException {
    return read(reference, PASSWORD_BYTES);
  }

  /**
   * A private key's text, which may be larger than a password.
   *
   * @throws IOException as {@link #read}, with a limit of 16 KiB
   */
  public String readKey(String reference) throws IOException {
    return read(reference, KEY_BYTES);
  }

  private String read(String reference, int maxBytes) throws IOException {
    if (!REFERENCE.matcher(reference).matches()) {
      throw new IOException(
          "secret reference must match " + REFERENCE.pattern() + "; it is not shown");
    }
    Path file = folder.resolve(reference);
    if (!Files.isRegularFile(file)) {
      throw new IOException("secret " + file + " is missing; write it there with mode 0600");
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
    if (mode.stream().anyMatch(OTHERS::contains)) {
      throw new IOException("secret " + file + " can be read by others; run: chmod 600 " + file);
    }
    if (Files.size(file) > maxBytes) {
      throw new IOException("secret " + file + " is larger than " + maxBytes / 1024 + " KiB");
    }
    try {
      return LINE_END.matcher(Files.readString(file, StandardCharsets.UTF_8)).replaceFirst("");
    } catch (CharacterCodingException e) {
      throw new IOException("secret " + file + " is not UTF-8 text", e);
    }
  }
}
