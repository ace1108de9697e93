package org.cityedge.agent.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.cityedge.config.Sha256;

/**
 * One link of the chain.
 *
 * <p>Its {@code sha256} is over these texts, each followed by a line feed, none of which holds one:
 * number, {@code previous}, time, clock, kind, what, actor, subject, code, detail, {@code high} or
 * {@code normal}, and how many were missed. So it can be computed again from the members alone,
 * however the JSON is laid out.
 *
 * @param number from 1, without gaps
 * @param previous sha256 of the record before, hex; {@link #FIRST} of the first one
 * @param time wall time, RFC 3339; no more to be trusted than {@code clock} is
 * @param clock who vouched for it: {@code ntp}, {@code gnss}, {@code rtc}, {@code none}
 * @param missed records before this one that the disk refused
 */
public record AuditRecord(
    long number, String previous, String time, String clock, Entry entry, long missed) {
  static final String FIRST = "0".repeat(64);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public String sha256() {
    List<String> parts =
        List.of(
            Long.toString(number),
            previous,
            time,
            clock,
            entry.kind().word(),
            entry.what(),
            entry.actor(),
            entry.subject(),
            entry.code(),
            entry.detail(),
            severity(),
            Long.toString(missed));
    MessageDigest digest = Sha256.begin();
    for (String part : parts) {
      digest.update((part + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return Sha256.hex(digest);
  }

  private String severity() {
    return entry.high() ? "high" : "normal";
  }

  /** One line of JSON without a line feed; members that say nothing are left off. */
  public byte[] json() {
    ObjectNode out = JSON.createObjectNode();
    out.put("n", number).put("prev", previous).put("time", time).put("clock", clock);
    out.put("kind", entry.kind().word()).put("what", entry.what());
    member(out, "actor", entry.actor());
    member(out, "subject", entry.subject());
    member(out, "code", entry.code());
    member(out, "detail", entry.detail());
    out.put("severity", severity());
    if (missed > 0) {
      out.put("missed", missed);
    }
    out.put("sha256", sha256());
    try {
      return JSON.writeValueAsBytes(out);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record is made of texts and numbers", e);
    }
  }

  private static void member(ObjectNode out, String name, String text) {
    if (!text.isEmpty()) {
      out.put(name, text);
    }
  }

  /**
   * Reads one line.
   *
   * @throws IOException when it is no record, or its sha256 is not that of its members; the text
   *     says which
   */
  static AuditRecord parse(String line) throws IOException {
    JsonNode in;
    try {
      in = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IOException("it is no JSON", e);
    }
    AuditRecord record =
        new AuditRecord(
            in.path("n").asLong(),
            in.path("prev").asText(),
            in.path("time").asText(),
            in.path("clock").asText(),
            new Entry(
                kind(in.path("kind").asText()),
                in.path("what").asText(),
                in.path("actor").asText(),
                in.path("subject").asText(),
                in.path("code").asText(),
                in.path("detail").asText(),
                in.path("severity").asText().equals("high")),
            in.path("missed").asLong());
    if (!record.sha256().equals(in.path("sha256").asText())) {
      throw new IOException("its sha256 is not that of its members");
    }
    return record;
  }

  private static Entry.Kind kind(String word) throws IOException {
    for (Entry.Kind kind : Entry.Kind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw new IOException("its kind is none that is known");
  }
}
