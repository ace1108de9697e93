package org.cityedge.drivers;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cityedge.config.Section;

/**
 * A CoAP resource that is observed or polled.
 *
 * @param uri {@code coap://host[:port]/path[?query]} or {@code coaps://}; an address is better than
 *     a name, since field networks often have no name service. For mode {@code inbox} the path to
 *     which the sensor posts, {@code /in/ID}
 * @param period poll period, or the interval in which an observed resource is expected to notify;
 *     100 ms..7 d, default 1 m. Where a response carries no Max-Age, this stands in for it
 * @param fields where each channel is found in the payload; 1..32
 * @param security fits the URI's scheme; for mode {@code inbox} that of the inbox
 */
public record CoapSensorConfig(
    String id,
    URI uri,
    Mode mode,
    Duration period,
    Format format,
    List<Field> fields,
    boolean simulated,
    CoapSecurity security)
    implements SensorConfig {
  private static final int MOST_CHANNELS = 32;

  /** One Uri-Path or Uri-Query option holds 255 bytes (RFC 7252 §5.10). */
  private static final int LONGEST_PATH = 255;

  private static final Pattern QUANTITY = Pattern.compile("[a-z0-9_-]{1,32}");
  private static final Pattern UNIT = Pattern.compile("[!-~]{1,16}");

  /** RFC 6901 §3; of at most 256 characters, since each costs the matcher a frame of its stack. */
  private static final Pattern POINTER = Pattern.compile("(?!.{257})(/([^~/]|~[01])*){0,8}");

  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9:./_-]{0,127}|(/[0-9]{1,5}){1,4}");

  public enum Mode {
    /** RFC 7641; polls where the server does not observe. */
    OBSERVE,
    POLL,
    /** The sensor posts to the gateway's inbox. */
    INBOX
  }

  /** How the payload is read. A stated format overrules the response's Content-Format. */
  public enum Format {
    /** One number or flag as UTF-8 text (Content-Format 0). */
    TEXT,
    /** A JSON document (Content-Format 50). */
    JSON,
    /** SenML JSON, RFC 8428 (Content-Format 110). */
    SENML,
    /** One CBOR data item, read with JSON Pointers (Content-Formats 60 and 11544). */
    CBOR,
    /** SenML CBOR, RFC 8428 §6 (Content-Format 112). */
    SENML_CBOR,
    /** LwM2M TLV (Content-Format 11542). */
    TLV,
    /** LwM2M 1.0's JSON (Content-Format 11543). */
    LWM2M_JSON,
    /** By the response's Content-Format. */
    AUTO
  }

  /**
   * Where a channel is found in the payload.
   *
   * @param pointer JSON Pointer (RFC 6901) into a JSON document; default {@code /quantity}
   * @param name the resolved SenML name; when empty, the name is the quantity or ends with it after
   *     {@code :} or {@code /}. In TLV and LwM2M JSON a path such as {@code /3303/0/5700} or its
   *     end; when empty, the only one
   * @param sum whether the channel is the record's sum {@code s} instead of its value; its unit is
   *     then the value's unit times second, J for W (RFC 8428 §4.2)
   * @param integer whether 4 and 8 bytes of a TLV are a whole number instead of a float, which TLV
   *     itself does not say
   */
  public record Field(Channel channel, String pointer, String name, boolean sum, boolean integer) {
    public Field(Channel channel, String pointer, String name, boolean sum) {
      this(channel, pointer, name, sum, false);
    }
  }

  public CoapSensorConfig {
    fields = List.copyOf(fields);
  }

  /** A resource over plain CoAP, with nothing said of security. */
  public CoapSensorConfig(
      String id,
      URI uri,
      Mode mode,
      Duration period,
      Format format,
      List<Field> fields,
      boolean simulated) {
    this(id, uri, mode, period, format, fields, simulated, new CoapSecurity.None(false));
  }

  @Override
  public List<Channel> channels() {
    return fields.stream().map(Field::channel).toList();
  }

  @Override
  public Duration expected() {
    return period;
  }

  static CoapSensorConfig read(Section section) {
    String id = section.id("id");
    Mode mode = section.word("mode", Mode.class, Mode.OBSERVE);
    CoapSecurity security = CoapSecurity.read(section, id);
    URI uri = mode == Mode.INBOX ? inboxPath(section, id, security) : resource(section, security);
    Format format = section.word("format", Format.class, Format.AUTO);
    return new CoapSensorConfig(
        id,
        uri,
        mode,
        section.duration(
            "period", Duration.ofMillis(100), Duration.ofDays(7), Duration.ofMinutes(1)),
        format,
        fields(section, format),
        section.flag("simulated", false),
        security);
  }

  private static URI inboxPath(Section section, String id, CoapSecurity security) {
    if (security instanceof CoapSecurity.X509) {
      section.problem("security", "must be psk or none with mode inbox");
    }
    if (section.has("uri")) {
      section.problem("uri", "has no place with mode inbox; the sensor posts to /in/" + id);
    }
    return URI.create("/in/" + id);
  }

  private static URI resource(Section section, CoapSecurity security) {
    URI uri = section.uri("uri", "coap", "coaps");
    String scheme = uri.getScheme();
    if (!scheme.startsWith("coap")) {
      return uri;
    }
    if (!isResource(uri)) {
      section.problem(
          "uri",
          "must be "
              + scheme
              + "://host[:1..65535]/path?query, path and query together at most "
              + LONGEST_PATH
              + " characters, no fragment, was "
              + uri);
    }
    boolean plain = security instanceof CoapSecurity.None;
    if (scheme.equals("coaps") && plain) {
      section.problem("security", "must have psk or ca with coaps://");
    } else if (scheme.equals("coap") && !plain) {
      section.problem("security", "needs coaps://, but the uri is plain coap://");
    }
    return uri;
  }

  private static boolean isResource(URI uri) {
    String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    return uri.getHost() != null
        && uri.getPort() != 0
        && uri.getPort() <= 65_535
        && uri.getRawFragment() == null
        && uri.getRawPath().length() + query.length() <= LONGEST_PATH;
  }

  private static List<Field> fields(Section section, Format format) {
    List<Section> entries = section.sections("channels");
    if (entries.isEmpty() || entries.size() > MOST_CHANNELS) {
      section.problem(
          "channels", "must be a list of 1.." + MOST_CHANNELS + " channels, was " + entries.size());
    } else if (format == Format.TEXT && entries.size() > 1) {
      section.problem("channels", "text carries one channel, were " + entries.size());
    }
    Set<String> quantities = new HashSet<>();
    List<Field> fields = entries.stream().map(entry -> field(entry, format)).toList();
    for (int i = 0; i < fields.size(); i++) {
      String quantity = fields.get(i).channel().quantity();
      if (!quantities.add(quantity)) {
        entries.get(i).problem("quantity", "is there twice: " + quantity);
      }
    }
    return fields;
  }

  private static Field field(Section entry, Format format) {
    String quantity = entry.text("quantity", QUANTITY, "1 to 32 of a-z, 0-9, _ and -");
    String pointer = "/" + quantity;
    if (entry.has("pointer")) {
      pointer = entry.text("pointer", POINTER, "a JSON Pointer such as /air/temperature");
      allowedFor(entry, "pointer", format, Format.JSON, Format.CBOR);
    }
    String name = "";
    if (entry.has("name")) {
      name =
          entry.text(
              "name",
              NAME,
              "a SenML name of 1 to 128 of A-Z a-z 0-9 - : . / _ or a LwM2M path such as /3303/0/5700");
      allowedFor(
          entry, "name", format, Format.SENML, Format.SENML_CBOR, Format.TLV, Format.LWM2M_JSON);
    }
    boolean sum = entry.flag("sum", false);
    if (sum) {
      allowedFor(entry, "sum", format, Format.SENML, Format.SENML_CBOR);
    }
    boolean integer = entry.flag("integer", false);
    if (integer) {
      allowedFor(entry, "integer", format, Format.TLV);
    }
    return new Field(channel(entry, quantity), pointer, name, sum, integer);
  }

  private static void allowedFor(Section entry, String key, Format format, Format... wanted) {
    if (format != Format.AUTO && !List.of(wanted).contains(format)) {
      entry.problem(
          key,
          "is for format "
              + Stream.of(wanted).map(Section::wordFor).collect(Collectors.joining(" or "))
              + " only, was "
              + Section.wordFor(format));
    }
  }

  /** Without a unit the channel is a flag. */
  private static Channel channel(Section entry, String quantity) {
    if (!entry.has("unit")) {
      if (entry.has("min") || entry.has("max")) {
        entry.problem("unit", "is missing; min and max need one, and a flag has neither");
      }
      return Channel.flag(quantity);
    }
    double least = -1e300;
    double most = 1e300;
    String unit = entry.text("unit", UNIT, "a SenML unit of 1 to 16 characters, such as Cel");
    double min = entry.optionalNumber("min", least, most).orElse(Double.NEGATIVE_INFINITY);
    double max = entry.optionalNumber("max", least, most).orElse(Double.POSITIVE_INFINITY);
    if (min > max) {
      entry.problem("min", "must be at most max, was " + min + ".." + max);
      max = min;
    }
    return new Channel(quantity, unit, min, max);
  }
}
