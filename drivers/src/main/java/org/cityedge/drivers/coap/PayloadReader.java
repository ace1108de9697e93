package org.cityedge.drivers.coap;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Reading;
import org.jspecify.annotations.Nullable;

/**
 * Turns a payload into the values of the configured channels. What is wrong with one channel leaves
 * the others alone. Stateless.
 */
final class PayloadReader {
  /** Largest payload in bytes; a SenML pack of about 150 records. */
  static final int LARGEST = 8 * 1024;

  static final int NO_CONTENT_FORMAT = -1;

  /** What stands for bytes that are no character. */
  private static final char REPLACED = '\uFFFD';

  private final Format format;
  private final List<Field> fields;

  PayloadReader(CoapSensorConfig config) {
    this.format = config.format();
    this.fields = config.fields();
  }

  /**
   * @param contentFormat of the response, {@link #NO_CONTENT_FORMAT} when it has none
   * @return at least one finding
   * @throws MalformedPayload when the payload as a whole cannot be read
   */
  List<Finding> read(byte[] payload, int contentFormat) throws MalformedPayload {
    if (payload.length > LARGEST) {
      throw new MalformedPayload(
          "payload is " + payload.length + " bytes, at most " + LARGEST + " are read");
    }
    return switch (format == Format.AUTO ? formatOf(contentFormat) : format) {
      case TEXT -> text(payload);
      case JSON -> document(Json.parse(payload));
      case CBOR -> document(Cbor.parse(payload));
      case SENML_CBOR -> senMl(SenMl.parseCbor(payload));
      case TLV -> tlv(Tlv.parse(payload));
      case LWM2M_JSON -> lwm2mJson(Lwm2mJson.parse(payload));
      case SENML, AUTO -> senMl(SenMl.parseJson(payload));
    };
  }

  private static Format formatOf(int contentFormat) throws MalformedPayload {
    // libcoap leaves the option out for text; text is read strictly, so nothing is guessed.
    int stated = contentFormat == NO_CONTENT_FORMAT ? ContentFormats.TEXT_PLAIN : contentFormat;
    if (stated == ContentFormats.APPLICATION_OCTET_STREAM) {
      throw new MalformedPayload(
          "Content-Format 42 is bytes that do not say what they mean; have the sensor answer text,"
              + " JSON, CBOR or SenML, or state format: if its bytes are one of these");
    }
    return ContentFormats.format(stated)
        .orElseThrow(
            () ->
                new MalformedPayload(
                    "Content-Format must be one of "
                        + ContentFormats.known()
                        + ", was "
                        + contentFormat
                        + "; state format: in the configuration if the sensor says it wrongly"));
  }

  private List<Finding> text(byte[] payload) throws MalformedPayload {
    String text = utf8(payload).strip();
    if (fields.size() > 1) {
      throw new MalformedPayload("text carries one channel, configured are " + fields.size());
    }
    Channel channel = fields.getFirst().channel();
    Reading.@Nullable Value value = isFlag(channel) ? flag(text) : number(text);
    return List.of(
        value == null
            ? malformed(channel, "text", MalformedPayload.quote(text), allowed(channel))
            : found(channel, value, 0));
  }

  private static String utf8(byte[] payload) throws MalformedPayload {
    String text = new String(payload, StandardCharsets.UTF_8);
    // A decoder that tells costs more than all the rest; it is for what may have been replaced.
    if (text.indexOf(REPLACED) >= 0) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload));
      } catch (CharacterCodingException e) {
        throw new MalformedPayload("payload is not UTF-8 text");
      }
    }
    return text;
  }

  private List<Finding> document(JsonNode document) {
    List<Finding> findings = new ArrayList<>(fields.size());
    for (Field field : fields) {
      JsonNode node = document.at(JsonPointer.compile(field.pointer()));
      Reading.@Nullable Value value = isFlag(field.channel()) ? flag(node) : number(node);
      String was = node.isMissingNode() ? "nothing" : MalformedPayload.quote(node.toString());
      findings.add(
          value == null
              ? malformed(
                  field.channel(), "pointer " + field.pointer(), was, allowed(field.channel()))
              : found(field.channel(), value, 0));
    }
    return findings;
  }

  /**
   * The value at the path that the channel names, in full or from its end; the only value where it
   * names none.
   */
  private List<Finding> tlv(List<Tlv.Entry> entries) {
    List<Finding> findings = new ArrayList<>(fields.size());
    for (Field field : fields) {
      List<Tlv.Entry> matching =
          entries.stream()
              .filter(
                  entry ->
                      field.name().isEmpty()
                          ? entries.size() == 1
                          : field.name().equals(entry.path())
                              || field.name().endsWith("/" + entry.path()))
              .toList();
      findings.add(
          matching.size() == 1
              ? tlv(field, matching.getFirst())
              : malformed(
                  field.channel(),
                  "LwM2M TLV",
                  matching.size() + " of " + entries.size(),
                  "one value" + (field.name().isEmpty() ? "; state its name" : " at its name")));
    }
    return findings;
  }

  private static Finding tlv(Field field, Tlv.Entry entry) {
    Channel channel = field.channel();
    OptionalDouble number = entry.number(field.integer());
    Reading.@Nullable Value value =
        isFlag(channel)
            ? flag(entry.text())
            : number.isPresent() ? new Reading.Quantity(number.getAsDouble()) : null;
    return value == null
        ? malformed(
            channel,
            "LwM2M TLV " + entry.path(),
            entry.value().length + " bytes",
            isFlag(channel) ? "one byte 0 or 1" : "a number of 1, 2, 4 or 8 bytes")
        : found(channel, value, 0);
  }

  /** As TLV, but a path may have several values, each of its time. */
  private List<Finding> lwm2mJson(List<SenMl.Resolved> entries) {
    long paths = entries.stream().map(SenMl.Resolved::name).distinct().count();
    List<Finding> findings = new ArrayList<>();
    for (Field field : fields) {
      List<SenMl.Resolved> matching =
          entries.stream()
              .filter(
                  entry ->
                      (field.name().isEmpty() || entry.name().isEmpty())
                          ? paths == 1
                          : field.name().equals(entry.name())
                              || field.name().endsWith("/" + entry.name()))
              .toList();
      if (matching.isEmpty()) {
        findings.add(
            malformed(
                field.channel(),
                "LwM2M JSON",
                "none of " + paths,
                field.name().isEmpty() ? "of one path; state its name" : "a value at its name"));
      }
      matching.forEach(entry -> findings.add(lwm2mJson(field.channel(), entry)));
    }
    return findings;
  }

  private static Finding lwm2mJson(Channel channel, SenMl.Resolved entry) {
    Reading.@Nullable Value value = value(channel, entry);
    return value == null
        ? malformed(
            channel,
            ("LwM2M JSON " + entry.name()).strip(),
            "something else",
            isFlag(channel) ? "a flag bv" : "a number v")
        : found(channel, value, entry.time());
  }

  private List<Finding> senMl(List<SenMl.Resolved> records) throws MalformedPayload {
    List<Finding> findings = new ArrayList<>();
    for (Field field : fields) {
      List<SenMl.Resolved> named = records.stream().filter(r -> isNamed(field, r.name())).toList();
      // One name may stand for several units (RFC 8428 §5.1.3: position beside the measurement).
      List<SenMl.Resolved> matching = named.stream().filter(r -> hasUnit(field, r)).toList();
      if (matching.isEmpty() && !named.isEmpty()) {
        findings.add(wrongUnit(field, named.getFirst()));
      }
      matching.forEach(record -> findings.add(finding(field, record)));
    }
    if (findings.isEmpty()) {
      throw new MalformedPayload(
          "SenML pack names no configured channel, its first name is "
              + (records.isEmpty() ? "absent" : MalformedPayload.quote(records.getFirst().name())));
    }
    return findings;
  }

  private static boolean isNamed(Field field, String name) {
    if (!field.name().isEmpty()) {
      return name.equals(field.name());
    }
    String quantity = field.channel().quantity();
    return name.equals(quantity) || name.endsWith("/" + quantity) || name.endsWith(":" + quantity);
  }

  /** A LwM2M path may leave the unit out: there it belongs to the object's definition. */
  private static boolean hasUnit(Field field, SenMl.Resolved record) {
    String unit = field.sum() ? timesSecond(record.unit()) : record.unit();
    return isFlag(field.channel())
        || unit.equals(field.channel().unit())
        || (record.unit().isEmpty() && record.name().startsWith("/"));
  }

  /** The unit of a sum (RFC 8428 §4.2, units of §12.1): W gives J. */
  private static String timesSecond(String unit) {
    return switch (unit) {
      case "W" -> "J";
      case "A" -> "C";
      case "lm" -> "lm.s";
      default -> unit.endsWith("/s") ? unit.substring(0, unit.length() - 2) : unit + ".s";
    };
  }

  private static Finding wrongUnit(Field field, SenMl.Resolved record) {
    String unit = field.sum() ? timesSecond(record.unit()) : record.unit();
    return malformed(
        field.channel(),
        "SenML unit of " + record.name(),
        MalformedPayload.quote(unit),
        MalformedPayload.quote(field.channel().unit()));
  }

  private static Finding finding(Field field, SenMl.Resolved record) {
    Channel channel = field.channel();
    Reading.@Nullable Value value = field.sum() ? sum(record) : value(channel, record);
    return value == null
        ? malformed(
            channel, "SenML record " + record.name(), "something else", expectedField(field))
        : found(channel, value, record.time());
  }

  private static String expectedField(Field field) {
    return field.sum() ? "a sum s" : isFlag(field.channel()) ? "a flag vb" : "a number v";
  }

  private static Reading.@Nullable Value sum(SenMl.Resolved record) {
    return record.sum().isPresent() ? new Reading.Quantity(record.sum().getAsDouble()) : null;
  }

  private static Reading.@Nullable Value value(Channel channel, SenMl.Resolved record) {
    if (record.value().isEmpty()) {
      return null;
    }
    return switch (record.value().get()) {
      case SenMl.Quantity(double v) when !isFlag(channel) -> new Reading.Quantity(v);
      case SenMl.Flag(boolean v) when isFlag(channel) -> new Reading.Flag(v);
      case SenMl.Quantity _, SenMl.Flag _, SenMl.Text _, SenMl.Data _ -> null;
    };
  }

  private static boolean isFlag(Channel channel) {
    return channel.unit().isEmpty();
  }

  private static Reading.@Nullable Value flag(String text) {
    return switch (text) {
      case "true", "1", "on" -> new Reading.Flag(true);
      case "false", "0", "off" -> new Reading.Flag(false);
      default -> null;
    };
  }

  private static Reading.@Nullable Value flag(JsonNode node) {
    return node.isBoolean() || node.isInt() ? flag(node.asText()) : null;
  }

  private static Reading.@Nullable Value number(String text) {
    return isNumber(text) ? finite(Double.parseDouble(text)) : null;
  }

  /**
   * {@code [+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?}; a pattern takes as long as all the rest.
   */
  private static boolean isNumber(String text) {
    int at = digits(text, sign(text, 0), 40);
    if (at > 0 && at < text.length() && text.charAt(at) == '.') {
      at = digits(text, at + 1, 40);
    }
    if (at > 0 && at < text.length() && (text.charAt(at) | 0x20) == 'e') {
      at = digits(text, sign(text, at + 1), 3);
    }
    return at == text.length();
  }

  private static int sign(String text, int at) {
    return at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-') ? at + 1 : at;
  }

  /** Where one digit or more end; -1 when there is none, or more than {@code most}. */
  private static int digits(String text, int from, int most) {
    int at = from;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at == from || at - from > most ? -1 : at;
  }

  private static Reading.@Nullable Value number(JsonNode node) {
    OptionalDouble number = Json.number(node);
    return number.isPresent() ? new Reading.Quantity(number.getAsDouble()) : null;
  }

  private static Reading.@Nullable Value finite(double value) {
    return Double.isFinite(value) ? new Reading.Quantity(value) : null;
  }

  private static String allowed(Channel channel) {
    return isFlag(channel) ? "true, false, 1 or 0" : "a number";
  }

  /** Whether the value is plausible is not the reader's to judge: it is passed on as it came. */
  private static Finding found(Channel channel, Reading.Value value, double time) {
    return new Finding.Found(channel.quantity(), channel.unit(), value, time);
  }

  private static Finding malformed(Channel channel, String place, String was, String allowed) {
    return new Finding.Wrong(
        new Fault(
            Fault.Kind.MALFORMED,
            channel.quantity() + ", " + place + ": must be " + allowed + ", was " + was,
            Optional.of(channel.quantity())));
  }
}
