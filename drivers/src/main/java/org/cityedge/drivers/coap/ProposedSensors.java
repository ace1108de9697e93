package org.cityedge.drivers.coap;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.config.Section;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig.Format;

/**
 * A section {@code sensors} from what a server says of its resources. What measures something known
 * becomes an entry; the rest becomes a comment that names it.
 *
 * @param entries lines of YAML, each with its indentation
 * @param comments of what was left out, without {@code #}
 */
record ProposedSensors(List<String> entries, List<String> comments) {
  /**
   * @param security written into each entry of a {@code coaps} server
   */
  static ProposedSensors of(URI server, CoapSecurity security, List<Link> links) {
    List<String> entries = new ArrayList<>();
    List<String> comments = new ArrayList<>();
    Map<String, Integer> numbers = new HashMap<>();
    for (Link link : links) {
      Optional<URI> resource = resource(server, link);
      if (resource.isEmpty()) {
        comments.add(printable(link.target()) + ": not a resource of this server");
        continue;
      }
      String path = resource.get().getRawPath();
      if (path.startsWith("/.well-known/")) {
        continue;
      }
      Optional<Measurand> measurand = Measurand.of(link, path);
      if (measurand.isEmpty()) {
        comments.add(unknown(path, link));
      } else {
        int number = numbers.merge(measurand.get().quantity(), 1, Integer::sum);
        entries.addAll(entry(server, security, link, resource.get(), measurand.get(), number));
      }
    }
    return new ProposedSensors(List.copyOf(entries), List.copyOf(comments));
  }

  /** Only what the same server offers; a link may lead elsewhere (RFC 6690 §2). */
  private static Optional<URI> resource(URI server, Link link) {
    try {
      URI resource = server.resolve(link.target());
      boolean here =
          resource.getRawAuthority() != null
              && resource.getRawAuthority().equals(server.getRawAuthority())
              && server.getScheme().equals(resource.getScheme())
              && resource.getRawFragment() == null
              && resource.toString().length() <= 255;
      return here ? Optional.of(resource) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static List<String> entry(
      URI server, CoapSecurity security, Link link, URI resource, Measurand measurand, int number) {
    List<String> lines = new ArrayList<>();
    String query = resource.getRawQuery() == null ? "" : "?" + resource.getRawQuery();
    // A URI holds neither quote nor backslash, so that quoting is all it takes.
    String uri =
        server.getScheme() + "://" + server.getRawAuthority() + measurand.resource() + query;
    String title = link.title().map(text -> " (" + printable(text) + ")").orElse("");
    lines.add("  # from " + printable(measurand.source()) + title);
    lines.add("  - id: " + id(measurand.quantity(), number));
    lines.add("    type: coap");
    lines.add("    uri: \"" + uri + "\"");
    security(security).ifPresent(known -> lines.add("    security: " + known));
    lines.add("    mode: " + (link.isObservable() ? "observe" : "poll"));
    lines.add("    period: 60s");
    Format format = format(link.contentFormats());
    if (format != Format.AUTO) {
      lines.add("    format: " + Section.wordFor(format));
    }
    lines.add(
        "    channels: [{quantity: "
            + measurand.quantity()
            + (measurand.unit().isEmpty() ? "" : ", unit: \"" + measurand.unit() + "\"")
            + name(measurand.resource(), format)
            + "}]");
    return lines;
  }

  /** As {@link CoapSecurity#read} reads it; plain CoAP is left to who decides for it. */
  private static Optional<String> security(CoapSecurity security) {
    return switch (security) {
      case CoapSecurity.None _ -> Optional.empty();
      // An identity may hold a quote or a backslash.
      case CoapSecurity.Psk(String identity, String keyRef) ->
          Optional.of(
              "{psk: {identity: '" + identity.replace("'", "''") + "', keyRef: '" + keyRef + "'}}");
      case CoapSecurity.X509(String ca, Optional<String> certificate, Optional<String> keyRef) ->
          Optional.of(
              "{ca: '"
                  + ca
                  + "'"
                  + certificate.map(name -> ", certificate: '" + name + "'").orElse("")
                  + keyRef.map(name -> ", keyRef: '" + name + "'").orElse("")
                  + "}");
    };
  }

  /** Stated where the server has one that is read; otherwise each response says what it is. */
  private static Format format(List<Integer> contentFormats) {
    return contentFormats.size() == 1
        ? ContentFormats.format(contentFormats.getFirst()).orElse(Format.AUTO)
        : Format.AUTO;
  }

  /** LwM2M names its values by their paths. */
  private static String name(String path, Format format) {
    boolean named =
        format == Format.AUTO
            || format == Format.SENML
            || format == Format.SENML_CBOR
            || format == Format.TLV
            || format == Format.LWM2M_JSON;
    return named && path.matches("(/[0-9]{1,5}){3}") ? ", name: " + path : "";
  }

  /** {@code [a-z0-9-]{1,32}}. */
  private static String id(String quantity, int number) {
    String base = quantity.replace('_', '-');
    return base.substring(0, Math.min(base.length(), 27)) + "-" + number;
  }

  private static String unknown(String path, Link link) {
    StringBuilder text = new StringBuilder(printable(path));
    List.of("title", "rt", "if", "ct", "obs").stream()
        .filter(link.attributes()::containsKey)
        .forEach(
            name -> {
              String value = link.attributes().getOrDefault(name, "");
              text.append("  ").append(name);
              text.append(value.isEmpty() ? "" : "=" + MalformedPayload.quote(value));
            });
    return text.toString();
  }

  /** Fit for a comment: one line of at most 80 characters. */
  private static String printable(String text) {
    String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
    return shown.replaceAll("\\p{C}", "?");
  }
}
