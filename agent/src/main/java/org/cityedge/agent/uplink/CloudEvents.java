package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.LossReceipt;
import org.cityedge.config.Section;

/**
 * Makes the events of one gateway, CloudEvents 1.0.2. Any thread.
 *
 * <p>A <em>record</em> leaves in structured mode: one JSON object with the data inside.
 * <em>Bulk</em> leaves in binary mode: the attributes as user properties, the payload bare. What an
 * event is follows from its {@code datacontenttype}: {@code application/json} is a record, anything
 * else bulk. The store keeps the attributes as a JSON object; {@code sequence} and {@code boot}
 * join them when the event is sent, because only the store knows them.
 */
public final class CloudEvents {
  static final JsonMapper JSON = JsonMapper.builder().build();
  static final String RECORD_CONTENT = "application/json";

  /** Attribute of an answer: the command's Correlation Data in base 64. */
  static final String CORRELATION = "correlationdata";

  private static final DateTimeFormatter RFC_3339 =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx");

  /** CloudEvents §3 "Naming Conventions" for attribute names. */
  private static final Pattern EXTENSION = Pattern.compile("[a-z0-9]{1,20}");

  private final Topics topics;
  private final ZoneId zone;
  private final InstantSource clock;
  private final Ulid ids;

  /**
   * @param zone whose offset times are written with; the instant is the same in any
   */
  public CloudEvents(Topics topics, ZoneId zone, InstantSource clock, Ulid ids) {
    this.topics = topics;
    this.zone = zone;
    this.clock = clock;
    this.ids = ids;
  }

  public Topics topics() {
    return topics;
  }

  /** A fresh ULID. */
  public String newId() {
    return ids.next();
  }

  /** RFC 3339 with milliseconds and numeric offset: {@code 2025-06-01T08:30:12.345+08:00}. */
  public String time(Instant instant) {
    return RFC_3339.format(instant.atZone(zone));
  }

  /**
   * An event in structured mode.
   *
   * @param id 1..64 characters, the same whenever the same fact is told again
   * @param type such as {@code org.cityedge.alert.raised.v1}
   * @param subject what it is about, such as {@code alert/01JWN8Z3T0K5V9Q2R7B4C6D8E1}
   * @param data one JSON value; it is sent as it is, so it must be well-formed
   * @throws IllegalArgumentException when the topic is none of this gateway's, or the data larger
   *     than the topic allows
   */
  public Event record(
      Lane lane, String topic, String id, String type, Instant time, String subject, byte[] data) {
    return record(lane, topic, id, type, time, subject, Map.of(), data);
  }

  private Event record(
      Lane lane,
      String topic,
      String id,
      String type,
      Instant time,
      String subject,
      Map<String, String> extensions,
      byte[] data) {
    ObjectNode attributes = attributes(id, type, time, subject);
    extend(attributes, extensions);
    // Last, so that the mode can be told from the text's end without parsing it.
    attributes.put("datacontenttype", RECORD_CONTENT);
    return event(lane, topic, id, attributes, data);
  }

  /**
   * An event in binary mode.
   *
   * @param contentType of the payload, anything but {@code application/json}
   * @param extensions further attributes, name {@code [a-z0-9]{1,20}}
   */
  public Event bulk(
      Lane lane,
      String topic,
      String id,
      String type,
      Instant time,
      String subject,
      String contentType,
      Map<String, String> extensions,
      byte[] payload) {
    if (contentType.equals(RECORD_CONTENT)) {
      throw new IllegalArgumentException("bulk must not be " + RECORD_CONTENT);
    }
    ObjectNode attributes = attributes(id, type, time, subject);
    extend(attributes, extensions);
    attributes.put("datacontenttype", contentType);
    return event(lane, topic, id, attributes, payload);
  }

  /**
   * A masked JPEG that belongs to an alert. It rides in the lane right behind the alerts, so that
   * the centre sees it in the same second whatever telemetry waits; clips are what the lane
   * EVIDENCE is for.
   *
   * @param evidenceId as in the alert's {@code evidence[].id}
   * @param sha256 of the JPEG, 64 lower-case hex digits
   */
  public Event thumb(
      String evidenceId,
      String alertId,
      String camera,
      Instant takenAt,
      String sha256,
      byte[] jpeg) {
    return bulk(
        Lane.REPORT,
        topics.thumb(evidenceId),
        newId(),
        "org.cityedge.evidence.thumb.v1",
        takenAt,
        "evidence/" + evidenceId,
        "image/jpeg",
        Map.of("alertid", alertId, "camera", camera, "sha256", sha256, "masked", "true"),
        jpeg);
  }

  /**
   * A SenML pack.
   *
   * @param test marks made-up readings with the attribute {@code status: Test}
   */
  Event telemetry(String group, Instant time, boolean test, SenMlPack.Packed pack) {
    Map<String, String> extensions = new LinkedHashMap<>();
    if (test) {
      extensions.put("status", "Test");
    }
    if (pack.gzip()) {
      // Neither MQTT nor CloudEvents has a word for it (HTTP's is Content-Encoding).
      extensions.put("contentencoding", "gzip");
    }
    return bulk(
        Lane.TELEMETRY,
        topics.telemetry(group),
        newId(),
        "org.cityedge.telemetry.v1",
        time,
        "telemetry/" + group,
        pack.contentType(),
        extensions,
        pack.bytes());
  }

  /**
   * A chunk of evidence.
   *
   * @param offset of its first byte in the whole
   * @param chunk 1 byte..64 KiB
   */
  Event evidence(WholeEvidence whole, Instant keptAt, long offset, byte[] chunk) {
    boolean last = offset + chunk.length == whole.size();
    return bulk(
        Lane.EVIDENCE,
        topics.evidence(whole.id(), offset),
        newId(),
        "org.cityedge.evidence.v1",
        keptAt,
        "evidence/" + whole.id(),
        whole.contentType(),
        Map.of(
            "size",
            Long.toString(whole.size()),
            "sha256",
            whole.sha256(),
            "last",
            Boolean.toString(last),
            "masked",
            "true"),
        chunk);
  }

  /**
   * The answer to a command.
   *
   * @param verb 1..32 of a-z, 0-9 and -
   * @param correlation the command's Correlation Data, at most 128 bytes
   */
  public Event answer(String requester, String verb, byte[] correlation, byte[] data) {
    return record(
        Lane.REPORT,
        topics.commandResponse(requester),
        newId(),
        "org.cityedge.command.answer.v1",
        clock.instant(),
        "cmd/" + verb,
        Map.of(CORRELATION, Base64.getEncoder().encodeToString(correlation)),
        data);
  }

  /** The report of a loss; see {@link LossEvents}. */
  public Event loss(LossReceipt receipt) {
    ObjectNode data = JSON.createObjectNode();
    data.put("lane", Section.wordFor(receipt.lane()));
    data.put("reason", Section.wordFor(receipt.reason()));
    data.put("events", receipt.events());
    ArrayNode ranges = data.putArray("ranges");
    receipt.ranges().forEach(range -> ranges.addArray().add(range.first()).add(range.last()));
    return record(
        Lane.REPORT,
        topics.loss(),
        newId(),
        "org.cityedge.loss.v1",
        clock.instant(),
        "loss",
        data.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void extend(ObjectNode attributes, Map<String, String> extensions) {
    extensions.forEach(
        (name, value) -> {
          if (!EXTENSION.matcher(name).matches() || attributes.has(name)) {
            throw new IllegalArgumentException(
                "extension must match " + EXTENSION + " and be new, was \"" + name + "\"");
          }
          attributes.put(name, value);
        });
  }

  private ObjectNode attributes(String id, String type, Instant time, String subject) {
    return JSON.createObjectNode()
        .put("specversion", "1.0")
        .put("id", id)
        .put("source", topics.source())
        .put("type", type)
        .put("time", time(time))
        .put("subject", subject);
  }

  private Event event(Lane lane, String topic, String id, ObjectNode attributes, byte[] payload) {
    int max = topics.delivery(topic).maxBytes();
    if (payload.length > max) {
      throw new IllegalArgumentException(
          "payload for " + topic + " must be 0.." + max + " bytes, was " + payload.length);
    }
    return new Event(id, lane, topic, attributes.toString(), payload);
  }
}
