package org.cityedge.video.source;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A camera's user and password. Neither is ever printed.
 *
 * @param user as configured
 * @param password the secret's text
 */
record Login(String user, String password) {
  private static final Pattern USER_INFO = Pattern.compile("//[^/\\s]*@");
  private static final String UNRESERVED = "-._~";

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
