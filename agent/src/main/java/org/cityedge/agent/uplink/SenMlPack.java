package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
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
  private static final int VERSION = 10;

  /** Bytes of the opening bracket: nothing was written before the first record. */
  private static final int OPENING = 1;

  private final ByteArrayOutputStream json = new ByteArrayOutputStream();
  private final String baseName;
  private final Reading first;

  SenMlPack(String baseName, Reading first) {
    this.baseName = baseName;
    this.first = first;
    json.writeBytes("[".getBytes(StandardCharsets.US_ASCII));
    json.writeBytes(render(first));
  }

  /** The measurement time of the first reading. */
  Instant time() {
    return first.at();
  }

  /** Tells whether the pack holds made-up readings; the two kinds never mix. */
  Quality firstQuality() {
    return first.quality();
  }

  /** Takes the reading, or refuses it because the pack would grow beyond {@code maxBytes}. */
  boolean add(Reading reading, int maxBytes) {
    byte[] record = render(reading);
    if (json.size() + 1 + record.length + 1 > maxBytes) {
      return false;
    }
    json.write(',');
    json.writeBytes(record);
    return true;
  }

  byte[] bytes() {
    byte[] open = json.toByteArray();
    byte[] out = new byte[open.length + 1];
    System.arraycopy(open, 0, out, 0, open.length);
    out[open.length] = ']';
    return out;
  }

  private byte[] render(Reading reading) {
    ObjectNode record = CloudEvents.JSON.createObjectNode();
    if (json.size() == OPENING) {
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
    return record.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Plain digits: a double would turn the base time into {@code 1.7487378E9}. */
  private static JsonNode seconds(long millis) {
    return millis % 1000 == 0
        ? LongNode.valueOf(millis / 1000)
        : DecimalNode.valueOf(BigDecimal.valueOf(millis, 3));
  }
}
