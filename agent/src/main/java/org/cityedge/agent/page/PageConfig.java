package org.cityedge.agent.page;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.config.Secrets;
import org.cityedge.config.Section;

/**
 * The section {@code page}.
 *
 * @param listen where the page is served; empty for nowhere
 * @param codeRef file in the secrets folder with the access code, 6 to 64 ASCII characters; empty
 *     when nothing beyond the traffic light is shown to anybody
 * @param hosts further names by which browsers may ask for it, at most 8
 * @param pictures whether masked still pictures of cameras are shown
 */
public record PageConfig(
    Optional<Listen> listen, Optional<String> codeRef, List<String> hosts, boolean pictures) {
  /** Without the section. */
  public static final PageConfig OFF =
      new PageConfig(Optional.empty(), Optional.empty(), List.of(), false);

  private static final Pattern LISTEN =
      Pattern.compile(
          "(?<host>\\[[0-9A-Fa-f:]+]|\\d{1,3}(\\.\\d{1,3}){3}|[a-z][a-z0-9._-]{0,14}):(?<port>\\d{1,5})");

  private static final Pattern HOST = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?");
  private static final int MAX_HOSTS = 8;

  private static final String ALLOWED =
      "off, or one address and port: 127.0.0.1:8080, or an interface's, eth1:8080";

  /** Characters of an access code. */
  private static final int SHORTEST_CODE = 6;

  private static final int LONGEST_CODE = 64;

  /** What a header can carry (RFC 9110 §5.5), and what no keyboard writes in two ways. */
  private static final Pattern CODE = Pattern.compile("[!-~]([ -~]*[!-~])?");

  /** Why a text can be no access code; empty when it can. Says nothing of what is in it. */
  public static Optional<String> codeProblem(String text) {
    if (text.length() < SHORTEST_CODE || text.length() > LONGEST_CODE) {
      return Optional.of(
          "must have %d to %d characters, has %d"
              .formatted(SHORTEST_CODE, LONGEST_CODE, text.length()));
    }
    return CODE.matcher(text).matches()
        ? Optional.empty()
        : Optional.of(
            "must be of a-z, A-Z, 0-9 and other printable ASCII, without a space at its ends; it has"
                + " something else, Chinese or full-width perhaps");
  }

  /**
   * @param host an address in numbers, IPv6 in brackets; {@code localhost}; or the name of an
   *     interface, whose first address is taken
   */
  public record Listen(String host, int port) {
    /** Whether nobody but the machine itself can reach it. */
    public boolean isLoopback() {
      return host.equals("localhost")
          || host.equals("lo")
          || host.startsWith("127.")
          || host.equals("[::1]");
    }
  }

  public PageConfig {
    hosts = List.copyOf(hosts);
  }

  /** Reads the section; problems are recorded in it. */
  public static PageConfig read(Section section) {
    Optional<Listen> listen = listen(section, section.text("listen", "off"));
    List<String> hosts = section.texts("hosts");
    if (hosts.size() > MAX_HOSTS) {
      section.problem("hosts", "must list at most " + MAX_HOSTS + ", lists " + hosts.size());
    }
    for (String host : hosts) {
      if (!HOST.matcher(host).matches()) {
        section.problem(
            "hosts", "must list names in lower case without a port, has \"" + host + "\"");
      }
    }
    return new PageConfig(
        listen,
        section.optionalText("codeRef", Secrets.REFERENCE, "the name of a file in secrets/"),
        hosts,
        section.flag("pictures", false));
  }

  private static Optional<Listen> listen(Section section, String text) {
    if (text.equals("off")) {
      return Optional.empty();
    }
    Matcher parts = LISTEN.matcher(text);
    int port = parts.matches() ? Integer.parseInt(parts.group("port")) : 0;
    if (port < 1 || port > 65_535) {
      section.problem("listen", "must be " + ALLOWED + ", was \"" + text + "\"");
      return Optional.empty();
    }
    String host = parts.group("host");
    if (host.equals("0.0.0.0") || host.matches("\\[[0:]+]")) {
      section.problem(
          "listen", "must be " + ALLOWED + ", not every address at once, was \"" + text + "\"");
      return Optional.empty();
    }
    return Optional.of(new Listen(host, port));
  }
}
