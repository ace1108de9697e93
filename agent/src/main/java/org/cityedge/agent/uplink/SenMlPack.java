package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.cityedge.agent.uplink.UplinkConfig.Telemetry.Format;
import org.cityedge.config.Section;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;

/**
 * One SenML pack (RFC 8428) that is being filled. The first record carries the base name, the base
 * time and the version; names are {@code sensor/quantity}, times seconds relative to the base. A
 * reading that is not good says so in the field {@code quality}: an extension field that receivers
 * may ignore (RFC 8428 §4.4, its label does not end in "_").
 */
final class SenMlPack {
  /** Most records of a pack, so that a receiver can bound what it unpacks. */
  static final int MAX_RECORDS = 1000;

  private static final int VERSION = 10;

  /** Most bytes around the records: brackets and a comma in JSON, the array's head in CBOR. */
  private static final int FRAME = 3;

  /** What the attribute {@code contentencoding: gzip} costs as a user property. */
  private static final int ENCODING_COST = 5 + "contentencoding".length() + "gzip".length();

  /**
   * A pack as it leaves.
   *
   * @param gzip whether the bytes are compressed (RFC 1952); they begin with 1F 8B then
   */
  record Packed(Format format, boolean gzip, byte[] bytes) {
    String contentType() {
      return switch (format) {
        case JSON -> "application/senml+json";
        case CBOR -> "application/senml+cbor";
      };
    }
  }

  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private final Format format;
  private final String baseName;
  private final Reading first;
  private int records;

  SenMlPack(Format format, String baseName, Reading first) {
    this.format = format;
    this.baseName = baseName;
    this.first = first;
    append(render(first));
  }

  /** The measurement time of the first reading. */
  Instant time() {
    return first.at();
  }

  /** Tells whether the pack holds made-up readings; the two kinds never mix. */
  Quality firstQuality() {
    return first.quality();
  }

  /**
   * Takes the reading, or refuses it because the pack, not compressed, would grow beyond {@code
   * maxBytes} or {@value #MAX_RECORDS} records.
   */
  boolean add(Reading reading, int maxBytes) {
    byte[] record = render(reading);
    if (records == MAX_RECORDS || body.size() + record.length + FRAME > maxBytes) {
      return false;
    }
    append(record);
    return true;
  }

  private void append(byte[] record) {
    if (format == Format.JSON && records > 0) {
      body.write(',');
    }
    body.writeBytes(record);
    records++;
  }

  /**
   * The pack as filled so far.
   *
   * @param gzip whether it may be compressed, which is done only where that saves bytes
   */
  Packed packed(boolean gzip) {
    byte[] plain = plain();
    if (gzip) {
      byte[] small = Gzip.compress(plain);
      if (small.length + ENCODING_COST < plain.length) {
        return new Packed(format, true, small);
      }
    }
    return new Packed(format, false, plain);
  }

  private byte[] plain() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.size() + FRAME);
    switch (format) {
      case JSON -> {
        out.write('[');
        out.writeBytes(body.toByteArray());
        out.write(']');
      }
      case CBOR -> {
        out.writeBytes(SenMlCbor.arrayHead(records));
        out.writeBytes(body.toByteArray());
      }
    }
    return out.toByteArray();
  }

  private byte[] render(Reading reading) {
    ObjectNode record = CloudEvents.JSON.createObjectNode();
    if (records == 0) {
      record.put("bn", baseName).set("bt", seconds(first.at().toEpochMilli()));
      record.put("bver", VERSION);
    }
    record.put("n", reading.sensor() + "/" + reading.quantity());
    if (!reading.unit().isEmpty()) {
      record.put("u", reading.unit());
    }
    switch (reading.value()) {
      case Reading.Quantity(double value) -> record.put("v", value);
      case Reading.Flag(boolean value) -> record.put("vb", value);
    }
    long millis = reading.at().toEpochMilli() - first.at().toEpochMilli();
    if (millis != 0) {
      record.set("t", seconds(millis));
    }
    if (reading.quality() != Quality.GOOD) {
      record.put("quality", Section.wordFor(reading.quality()));
    }
    return switch (format) {
      case JSON -> record.toString().getBytes(StandardCharsets.UTF_8);
      case CBOR -> SenMlCbor.record(record);
    };
  }

  /** Plain digits: a double would turn the base time into {@code 1.7487378E9}. */
  private static JsonNode seconds(long millis) {
    return millis % 1000 == 0
        ? LongNode.valueOf(millis / 1000)
        : DecimalNode.valueOf(BigDecimal.valueOf(millis, 3));
  }
}
