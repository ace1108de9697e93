package org.cityedge.video.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;
import org.cityedge.video.Source;
import org.jspecify.annotations.Nullable;

/**
 * A camera's user and password. Neither is ever printed.
 *
 * @param user as configured
 * @param password the secret's text
 */
record Login(String user, String password) {
  private static final Pattern USER_INFO = Pattern.compile("//[^/\\s]*@");
  private static final String UNRESERVED = "-._~";

  /**
   * What the source names, if it names any.
   *
   * @throws IOException when the secret cannot be read
   */
  static Optional<Login> of(Source source, Secrets secrets) throws IOException {
    return source.user().isPresent() && source.passwordRef().isPresent()
        ? Optional.of(new Login(source.user().get(), secrets.read(source.passwordRef().get())))
        : Optional.empty();
  }

  /**
   * The file that the camera's certificate must lead to; null when the source names none.
   *
   * @throws IOException when it holds no certificate
   */
  static @Nullable Path certificate(Source source, KeyFiles keys) throws IOException {
    if (source.ca().isEmpty()) {
      return null;
    }
    // FFmpeg's own words for a file that it cannot use name neither the file nor the cure.
    keys.chain(source.ca().get());
    return keys.certificates().resolve(source.ca().get()).toAbsolutePath();
  }

  /** {@code user:password@}, percent-encoded (RFC 3986 section 3.2.1); FFmpeg decodes it again. */
  String userInfo() {
    return encoded(user) + ":" + encoded(password) + "@";
  }

  /** The text without the password and without anything that stands where an address has it. */
  String redact(String text) {
    String result = text;
    if (!password.isEmpty()) {
      result = result.replace(password, "***").replace(encoded(password), "***");
    }
    return withoutUserInfo(result);
  }

  static String withoutUserInfo(String text) {
    return USER_INFO.matcher(text).replaceAll("//***@");
  }

  @Override
  public String toString() {
    return "Login[***]";
  }

  private static String encoded(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || UNRESERVED.indexOf(b) >= 0;
      if (plain) {
        out.append((char) b);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return out.toString();
  }
}
