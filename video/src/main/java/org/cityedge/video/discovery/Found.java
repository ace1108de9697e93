package org.cityedge.video.discovery;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.Printable;

/**
 * A camera that answered; all of it is the camera's own word.
 *
 * @param host the address that the answer came from
 * @param endpoint its name for itself, mostly {@code urn:uuid:…}; the same over restarts
 * @param scopes such as {@code onvif://www.onvif.org/name/Front%20door}
 * @param services addresses of its ONVIF device service
 */
public record Found(String host, String endpoint, List<String> scopes, List<String> services) {
  private static final String SCOPE = "onvif://www.onvif.org/";

  public Found {
    scopes = List.copyOf(scopes);
    services = List.copyOf(services);
  }

  /** What the camera's owner or maker called it. */
  public Optional<String> name() {
    return scope("name/");
  }

  /** Its model. */
  public Optional<String> hardware() {
    return scope("hardware/");
  }

  private Optional<String> scope(String kind) {
    return scopes.stream()
        .filter(scope -> scope.startsWith(SCOPE + kind))
        .map(scope -> decoded(scope.substring((SCOPE + kind).length())))
        .filter(text -> !text.isBlank())
        .findFirst();
  }

  /** Made fit for a terminal only now: %1B is a control character as well. */
  private static String decoded(String text) {
    try {
      return Printable.line(
          URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8),
          ProbeMessage.LONGEST);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }
}
