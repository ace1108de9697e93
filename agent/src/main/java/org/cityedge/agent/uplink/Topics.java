package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Every topic of one gateway, and how messages to it are delivered. All of them lie below {@code
 * city/v1/{district}/{gateway}/}, so that a broker can grant a gateway its own branch and no other.
 */
public final class Topics {
  private static final Pattern DISTRICT = Pattern.compile("[0-9]{6}");
  private static final Pattern ID = Pattern.compile("[a-z0-9-]{1,32}");
  private static final Pattern EVIDENCE_ID = Pattern.compile("[A-Za-z0-9-]{1,32}");

  private static final int KIB = 1024;

  /**
   * How messages to a topic are published.
   *
   * @param qos 0 or 1
   * @param retain whether the broker keeps the last one
   * @param expiry Message Expiry Interval (MQTT 5 §3.3.2.3.3), empty when it never expires
   * @param maxBytes largest payload
   */
  public record Delivery(int qos, boolean retain, Optional<Duration> expiry, int maxBytes) {}

  /** What a gateway publishes: the one table of topics and their delivery. */
  enum Uplink {
    STATE("state", 1, true, null, 2 * KIB),
    CATALOG("catalog", 1, true, null, 64 * KIB),
    TELEMETRY("telemetry/[a-z0-9-]{1,32}", 1, false, Duration.ofDays(1), 32 * KIB),
    POSITION("position", 1, false, Duration.ofHours(1), 16 * KIB),
    ALERT("alert/[a-z0-9-]{1,32}", 1, false, Duration.ofDays(7), 16 * KIB),
    ALERT_ACTIVE("alert-active", 1, true, null, 32 * KIB),
    THUMB("evidence/[A-Za-z0-9-]{1,32}/thumb", 1, false, Duration.ofDays(1), 64 * KIB),
    EVIDENCE("evidence/[A-Za-z0-9-]{1,32}/[0-9]{1,12}", 1, false, Duration.ofDays(1), 64 * KIB),
    LOSS("loss", 1, false, null, 8 * KIB),
    HEALTH("health", 0, false, Duration.ofMinutes(3), 4 * KIB),
    AUDIT("audit", 1, false, null, 32 * KIB),
    CONFIG_REPORTED("config/reported", 1, true, null, 8 * KIB),
    COMMAND_RESPONSE("cmd-res/[a-z0-9-]{1,32}", 1, false, Duration.ofMinutes(5), 64 * KIB);

    private final Pattern below;
    private final int qos;
    private final boolean retain;
    private final @Nullable Duration expiry;
    private final int maxBytes;

    Uplink(String below, int qos, boolean retain, @Nullable Duration expiry, int maxBytes) {
      this.below = Pattern.compile(below);
      this.qos = qos;
      this.retain = retain;
      this.expiry = expiry;
      this.maxBytes = maxBytes;
    }

    Delivery delivery() {
      return new Delivery(qos, retain, Optional.ofNullable(expiry), maxBytes);
    }
  }

  private final String district;
  private final String gateway;
  private final String root;

  /** Of the last question: a backlog asks for the same topic over and over. */
  private volatile @Nullable Known last;

  private record Known(String topic, Uplink row) {}

  /**
   * @param district GB/T 2260 division code, six digits
   * @param gateway {@code [a-z0-9-]{1,32}}; it is the MQTT client id as well
   */
  public Topics(String district, String gateway) {
    this.district = checked("district", DISTRICT, district);
    this.gateway = checked("gateway", ID, gateway);
    this.root = "city/v1/" + district + "/" + gateway + "/";
  }

  public String gateway() {
    return gateway;
  }

  /** The CloudEvents source, {@code urn:cityedge:510108:gw-0042}. */
  public String source() {
    return "urn:cityedge:" + district + ":" + gateway;
  }

  public String state() {
    return root + "state";
  }

  public String catalog() {
    return root + "catalog";
  }

  public String telemetry(String group) {
    return root + "telemetry/" + checked("group", ID, group);
  }

  public String position() {
    return root + "position";
  }

  public String alert(String kind) {
    return root + "alert/" + checked("kind", ID, kind);
  }

  public String alertActive() {
    return root + "alert-active";
  }

  /** {@code id} is a ULID or an identifier: letters of either case, digits and hyphens, 1..32. */
  public String thumb(String id) {
    return root + "evidence/" + checked("evidence id", EVIDENCE_ID, id) + "/thumb";
  }

  /** A chunk of the evidence {@code id} that begins at byte {@code offset}, 0..10^12-1. */
  public String evidence(String id, long offset) {
    if (offset < 0 || offset > 999_999_999_999L) {
      throw new IllegalArgumentException("offset must be 0..999999999999, was " + offset);
    }
    return root + "evidence/" + checked("evidence id", EVIDENCE_ID, id) + "/" + offset;
  }

  public String loss() {
    return root + "loss";
  }

  public String health() {
    return root + "health";
  }

  public String audit() {
    return root + "audit";
  }

  public String configReported() {
    return root + "config/reported";
  }

  public String commandResponse(String requester) {
    return root + "cmd-res/" + checked("requester", ID, requester);
  }

  boolean isAnswer(String topic) {
    return topic.startsWith(root + "cmd-res/");
  }

  /** Who wants the answer, when a Response Topic lies below {@code G/cmd-res/}; else empty. */
  public Optional<String> requester(String responseTopic) {
    if (!isAnswer(responseTopic)) {
      return Optional.empty();
    }
    String name = responseTopic.substring((root + "cmd-res/").length());
    return ID.matcher(name).matches() ? Optional.of(name) : Optional.empty();
  }

  /** Filter for what the centre says about alerts. */
  public String alertHandling() {
    return root + "alert-handling";
  }

  /** Filter for the signed configuration. */
  public String configDesired() {
    return root + "config/desired";
  }

  /** Where a command is sent to; {@code verb} is {@code [a-z0-9-]{1,32}}. */
  public String command(String verb) {
    return root + "cmd/" + checked("verb", ID, verb);
  }

  /** Filter for every command. */
  public String commands() {
    return root + "cmd/+";
  }

  /** Filter for the state of a consumer at the centre. */
  public static String hostState(String host) {
    return "city/v1/_host/" + checked("host", ID, host) + "/state";
  }

  /**
   * How messages to one of this gateway's own topics are delivered.
   *
   * @throws IllegalArgumentException when the topic is none that this gateway publishes to
   */
  public Delivery delivery(String topic) {
    return uplink(topic).delivery();
  }

  /** Whether a connection sees this topic often enough to be given a short name. */
  boolean isFrequent(String topic) {
    if (!topic.startsWith(root)) {
      return false; // of another format
    }
    Uplink row = uplink(topic);
    return row == Uplink.TELEMETRY || row == Uplink.HEALTH;
  }

  /** What follows {@code G/} in one of this gateway's topics. */
  String resource(String topic) {
    return topic.substring(root.length());
  }

  Uplink uplink(String topic) {
    Known known = last;
    if (known != null && known.topic().equals(topic)) {
      return known.row();
    }
    if (topic.startsWith(root)) {
      String below = topic.substring(root.length());
      for (Uplink row : Uplink.values()) {
        if (row.below.matcher(below).matches()) {
          last = new Known(topic, row);
          return row;
        }
      }
    }
    throw new IllegalArgumentException(
        "topic must be one that " + gateway + " publishes to, was \"" + topic + "\"");
  }

  private static String checked(String name, Pattern pattern, String value) {
    if (!pattern.matcher(value).matches()) {
      throw new IllegalArgumentException(
          name + " must match " + pattern + ", was \"" + value + "\"");
    }
    return value;
  }
}
