package org.cityedge.video;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lets in who knows the password by digest with MD5 and {@code qop=auth} (RFC 7616 section 3.4).
 */
final class DigestLogin extends Authenticator {
  private static final Pattern FIELD = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|([^,\\s]+))");

  private final String user;
  private final String password;

  DigestLogin(String user, String password) {
    this.user = user;
    this.password = password;
  }

  @Override
  public Result authenticate(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header != null && header.startsWith("Digest ")) {
      Map<String, String> told = new HashMap<>();
      Matcher field = FIELD.matcher(header);
      while (field.find()) {
        told.put(field.group(1), field.group(2) == null ? field.group(3) : field.group(2));
      }
      String secret = md5(user + ":camera:" + password);
      String request = md5(exchange.getRequestMethod() + ":" + told.get("uri"));
      String expected =
          md5(
              String.join(
                  ":",
                  secret,
                  "n0nce",
                  String.valueOf(told.get("nc")),
                  String.valueOf(told.get("cnonce")),
                  "auth",
                  request));
      if (expected.equals(told.get("response")) && user.equals(told.get("username"))) {
        return new Success(new HttpPrincipal(user, "camera"));
      }
    }
    exchange
        .getResponseHeaders()
        .add("WWW-Authenticate", "Digest realm=\"camera\", nonce=\"n0nce\", qop=\"auth\"");
    return new Retry(401);
  }

  private static String md5(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
