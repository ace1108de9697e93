package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.Secrets;
import org.cityedge.config.Section;

/**
 * The section {@code uplink}.
 *
 * @param brokers {@code mqtt://host:port} or {@code mqtts://host:port}, ports 1883 and 8883 when
 *     none is named; 1 to 8, tried in this order, the first one preferred
 * @param user for the broker's authentication; its password is the secret {@code passwordRef}
 * @param tls what {@code mqtts} needs; there exactly when a broker is {@code mqtts}
 * @param keepAlive MQTT keep alive, 5 s..20 min, default 60 s
 * @param window most QoS 1 messages in flight, 1..1000, default 64; the broker's Receive Maximum
 *     lowers it
 * @param bytesPerSecond what backlog and telemetry together may use on average, 1 KiB..1 GiB;
 *     alerts and reports never wait for it. No limit when absent
 * @param host a consumer at the centre; while it says that it is not alive, nothing is drained
 *     (wire.md §2). Nobody is asked when absent
 * @param returnAfter how long a broker further down the list serves before the first one is looked
 *     for again, 10 s..24 h, default 10 min
 * @param evidence when kept evidence is sent as a whole
 * @param kuraAccount there exactly when {@code format: kura}: messages are told to Kura and Kapua
 *     under this account (wire.md §7); 1..64 characters of a-z, A-Z, 0-9, - and _
 */
public record UplinkConfig(
    List<URI> brokers,
    Protocol protocol,
    Optional<String> user,
    Optional<String> passwordRef,
    Optional<Tls> tls,
    Duration keepAlive,
    int window,
    Optional<Long> bytesPerSecond,
    Optional<String> host,
    Duration returnAfter,
    Telemetry telemetry,
    EvidencePolicy evidence,
    Optional<String> kuraAccount) {
  private static final Pattern ACCOUNT = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  static final int MOST_BROKERS = 8;

  /** Which MQTT is spoken. */
  public enum Protocol {
    MQTT_5("mqtt-5"),
    /** The same payloads, without user properties, expiry and reason codes. */
    MQTT_3_1_1("mqtt-3.1.1");

    private final String word;

    Protocol(String word) {
      this.word = word;
    }
  }

  /**
   * Trust and identity. All three are names of files: the two certificates in the folder {@code
   * certificates} of the data folder, the key in {@code secrets}. A configuration that comes from
   * afar can so point at nothing else on the gateway.
   *
   * @param ca PEM certificates; nothing that they do not vouch for is trusted
   * @param certificate the gateway's own chain in PEM, for mutual TLS; comes together with the key
   * @param keyRef the gateway's private key, PKCS #8 in PEM, not encrypted
   */
  public record Tls(String ca, Optional<String> certificate, Optional<String> keyRef) {
    static Tls read(Section section) {
      String ca = section.text("ca", Secrets.REFERENCE, "the name of a file in certificates/");
      Optional<String> certificate =
          section.optionalText(
              "certificate", Secrets.REFERENCE, "the name of a file in certificates/");
      Optional<String> keyRef =
          section.optionalText("keyRef", Secrets.REFERENCE, "the name of a file in secrets/");
      if (certificate.isPresent() != keyRef.isPresent()) {
        section.problem("", "certificate and keyRef come together or not at all");
      }
      return new Tls(ca, certificate, keyRef);
    }
  }

  /**
   * How readings are packed.
   *
   * @param period how long readings are gathered into one pack, 100 ms..10 min, default 5 s
   * @param gzip whether a pack is compressed where that makes it smaller; default no
   */
  public record Telemetry(Duration period, Format format, boolean gzip) {
    /** The two representations of a SenML pack (RFC 8428 §5 and §6). */
    public enum Format {
      JSON,
      CBOR
    }

    static final Telemetry DEFAULT =
        new Telemetry(TelemetryPacks.DEFAULT_PERIOD, Format.JSON, false);
  }

  /** When evidence leaves in chunks; its thumb leaves with the alert in any case. */
  public enum EvidencePolicy {
    /** When the centre asks for it. */
    REQUEST,
    /** By itself, after its alert. */
    ALERTS
  }

  public UplinkConfig {
    brokers = List.copyOf(brokers);
  }

  /** Everything but the brokers as it is when the document does not say. */
  public static UplinkConfig defaults(List<URI> brokers) {
    return new UplinkConfig(
        brokers,
        Protocol.MQTT_5,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(60),
        64,
        Optional.empty(),
        Optional.empty(),
        Duration.ofMinutes(10),
        Telemetry.DEFAULT,
        EvidencePolicy.REQUEST,
        Optional.empty());
  }

  public static UplinkConfig read(Section section) {
    List<URI> brokers = brokers(section);
    UplinkConfig defaults = defaults(brokers);
    Optional<String> user = section.optionalText("user");
    Optional<String> passwordRef =
        section.optionalText(
            "passwordRef", Secrets.REFERENCE, "the name of a file in the secrets folder");
    if (user.isPresent() != passwordRef.isPresent()) {
      section.problem("", "user and passwordRef come together or not at all");
    }
    Optional<Tls> tls = section.section("tls").map(Tls::read);
    boolean secure = brokers.stream().anyMatch(broker -> "mqtts".equals(broker.getScheme()));
    if (secure != tls.isPresent() && !brokers.isEmpty()) {
      section.problem("tls", "and brokers that are mqtts:// come together or not at all");
    }
    return new UplinkConfig(
        brokers,
        protocol(section),
        user,
        passwordRef,
        tls,
        section.duration(
            "keepAlive", Duration.ofSeconds(5), Duration.ofMinutes(20), defaults.keepAlive),
        section.integer("window", 1, 1000, defaults.window),
        section.has("bytesPerSecond")
            ? Optional.of(section.bytes("bytesPerSecond", 1 << 10, 1 << 30, 1 << 10))
            : Optional.empty(),
        section.optionalText("host", Pattern.compile("[a-z0-9-]{1,32}"), "1..32 of a-z, 0-9 and -"),
        section.duration(
            "returnAfter", Duration.ofSeconds(10), Duration.ofDays(1), defaults.returnAfter),
        new Telemetry(
            section.duration(
                "telemetryPeriod",
                Duration.ofMillis(100),
                Duration.ofMinutes(10),
                TelemetryPacks.DEFAULT_PERIOD),
            section.word("telemetryFormat", Telemetry.Format.class, Telemetry.Format.JSON),
            section.flag("telemetryGzip", false)),
        section.word("evidence", EvidencePolicy.class, EvidencePolicy.REQUEST),
        kuraAccount(section));
  }

  private enum Words {
    CITYEDGE,
    KURA
  }

  /** What Kura has no place for is a problem and not silently left out. */
  private static Optional<String> kuraAccount(Section section) {
    boolean kura = section.word("format", Words.class, Words.CITYEDGE) == Words.KURA;
    Optional<String> account =
        section.optionalText("account", ACCOUNT, "1 to 64 characters of a-z, A-Z, 0-9, - and _");
    if (kura != section.has("account")) {
      section.problem("account", "and format: kura come together or not at all");
    }
    if (kura && section.has("host")) {
      section.problem("host", "has no place in format: kura; leave it out");
    }
    return account;
  }

  private static List<URI> brokers(Section section) {
    List<URI> brokers = section.uris("brokers", "mqtt", "mqtts");
    if (brokers.isEmpty()) {
      section.problem("brokers", "must name at least one broker, such as [\"mqtt://host:1883\"]");
    }
    if (brokers.size() > MOST_BROKERS) {
      section.problem(
          "brokers", "must name at most " + MOST_BROKERS + " brokers, was " + brokers.size());
    }
    for (URI broker : brokers) {
      if (broker.getHost() == null
          || broker.getPort() == 0
          || !broker.getPath().isEmpty()
          || broker.getQuery() != null) {
        section.problem(
            "brokers", "must be mqtt(s)://host or mqtt(s)://host:1..65535, was \"" + broker + "\"");
      }
    }
    return brokers;
  }

  private static Protocol protocol(Section section) {
    Optional<String> word =
        section.optionalText(
            "protocol", Pattern.compile("mqtt-5|mqtt-3\\.1\\.1"), "mqtt-5 or mqtt-3.1.1");
    return word.map(Protocol.MQTT_3_1_1.word::equals).orElse(false)
        ? Protocol.MQTT_3_1_1
        : Protocol.MQTT_5;
  }
}
