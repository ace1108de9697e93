package org.cityedge.agent.doctor;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Takes out of a text whatever a stranger must not read: the contents of all secret files, also in
 * Base64 and percent-encoded, what stands before the {@code @} of an address, and the values of
 * keys that sound like secrets but are no references.
 */
final class Redaction {
  private static final String GONE = "***";

  /** Shorter ones would blacken words everywhere; such a password is none anyway. */
  private static final int SHORTEST = 4;

  /** A private key's lines are looked for one by one: a text may quote some of them. */
  private static final int SHORTEST_LINE = 16;

  private static final long LARGEST = 64 * 1024;
  private static final Pattern USER_INFO = Pattern.compile("://[^/@\\s\"']+@");
  private static final Pattern TELLING_KEY =
      Pattern.compile(
          "(?i)(\"?\\b(?:password|passwd|passphrase|secret|token|psk|api[-_]?key)\"?\\s*[:=]\\s*)(\"[^\"]*\"|'[^']*'|[^\\s,{}\\[\\]]+)");

  /** The longest first, so that none leaves a piece of another. */
  private final List<String> secrets;

  private Redaction(List<String> secrets) {
    this.secrets = secrets;
  }

  /**
   * Knows the secrets of a data folder.
   *
   * @throws IOException when one of them cannot be read: what is not known cannot be taken out
   */
  static Redaction of(Path data) throws IOException {
    List<String> found = new ArrayList<>();
    Path folder = data.resolve("secrets");
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, Files::isRegularFile)) {
        for (Path file : all) {
          if (Files.size(file) <= LARGEST) {
            add(found, Files.readAllBytes(file));
          }
        }
      }
    }
    found.sort(Comparator.comparingInt(String::length).reversed());
    return new Redaction(List.copyOf(found));
  }

  private static void add(List<String> found, byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8).strip();
    addForms(found, text, SHORTEST);
    // A key that is a word is written text:WORD.
    if (text.startsWith("text:")) {
      addForms(found, text.substring("text:".length()), SHORTEST);
    }
    if (text.contains("\n")) {
      text.lines().map(String::strip).forEach(line -> addForms(found, line, SHORTEST_LINE));
    }
  }

  private static void addForms(List<String> found, String text, int shortest) {
    if (text.length() < shortest || text.startsWith("-----")) {
      return;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    found.add(text);
    found.add(URLEncoder.encode(text, StandardCharsets.UTF_8));
    found.add(URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20"));
    found.add(Base64.getEncoder().withoutPadding().encodeToString(bytes));
    found.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  String of(String text) {
    String clean = text;
    for (String secret : secrets) {
      clean = clean.replace(secret, GONE);
    }
    clean = USER_INFO.matcher(clean).replaceAll("://" + GONE + "@");
    return TELLING_KEY.matcher(clean).replaceAll("$1" + GONE);
  }
}
