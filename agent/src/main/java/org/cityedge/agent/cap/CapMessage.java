package org.cityedge.agent.cap;

import java.io.StringWriter;
import java.time.Instant;
import java.util.Locale;
import javax.xml.stream.XMLStreamException;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.jspecify.annotations.Nullable;

/**
 * An alert as a CAP 1.2 message (OASIS Standard, §3.2). Of an alert's many messages the first is
 * the {@code Alert}, every later one an {@code Update} of it or, for a false positive, its {@code
 * Cancel}. Pure.
 *
 * <p>The first message is {@code sent} at the alert's onset, which all its messages carry, so that
 * later ones can refer to it without having seen it; they themselves are sent when they are
 * written. The time in the id is no such time: after the clock was set back it goes on from where
 * it was.
 */
public final class CapMessage {
  private static final int INDENT = 2;

  private final GatewayConfig.Identity gateway;
  private final Alert alert;
  private final Instant written;

  private CapMessage(GatewayConfig.Identity gateway, Alert alert, Instant written) {
    this.gateway = gateway;
    this.alert = alert;
    this.written = written;
  }

  /**
   * @param gateway the one that raised it
   * @param written now
   * @return the XML document, a line for each element
   */
  public static String of(GatewayConfig.Identity gateway, Alert alert, Instant written) {
    StringWriter text = new StringWriter();
    try (CapXml xml = new CapXml(text, INDENT)) {
      new CapMessage(gateway, alert, written).write(xml);
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a message is written into memory", e);
    }
    return text.toString();
  }

  private void write(CapXml xml) throws XMLStreamException {
    xml.start("alert");
    xml.text("identifier", identifier(alert.rev()));
    xml.text("sender", gateway.urn());
    xml.text("sent", sent());
    xml.text("status", alert.status());
    xml.text("msgType", messageType());
    xml.text("scope", "Restricted");
    xml.text("restriction", restriction());
    if (alert.rev() > 1) {
      xml.text("references", gateway.urn() + "," + identifier(1) + "," + onset());
    }
    xml.text("incidents", alert.alertId());
    info(xml);
    xml.end();
  }

  private String identifier(int rev) {
    return alert.alertId() + "-" + rev;
  }

  private String sent() {
    return alert.rev() == 1 ? onset() : time(written);
  }

  private String onset() {
    return CapXml.time(alert.onset());
  }

  private String messageType() {
    if (alert.state().equals("cancelled")) {
      return "Cancel";
    }
    return alert.rev() == 1 ? "Alert" : "Update";
  }

  /** CAP 1.2 §3.2.1: asked for where the scope is Restricted. */
  private String restriction() {
    return alert.department() == null ? "仅限监测中心" : "仅限监测中心和" + alert.department();
  }

  private void info(CapXml xml) throws XMLStreamException {
    xml.start("info");
    xml.text("language", "zh-CN");
    xml.text("category", category());
    xml.text("event", event());
    boolean cleared = alert.state().equals("cleared");
    xml.text("responseType", cleared ? "AllClear" : "Assess");
    xml.text("urgency", cleared ? "Past" : alert.urgency());
    xml.text("severity", alert.severity());
    xml.text("certainty", alert.certainty());
    if (alert.eventCode() != null) {
      for (Alert.Code code : alert.eventCode()) {
        xml.pair("eventCode", code.scheme(), code.value());
      }
    }
    xml.text("effective", sent());
    xml.text("onset", onset());
    xml.text("senderName", gateway.about().name());
    xml.text("headline", alert.headline());
    parameters(xml);
    if (alert.evidence() != null) {
      for (Alert.Evidence evidence : alert.evidence()) {
        resource(xml, evidence);
      }
    }
    area(xml);
    xml.end();
  }

  /** CAP 1.2 §3.2.2: a sensor's alert belongs to its field of work. */
  private String category() {
    return switch (alert.kind()) {
      case "smoke" -> "Fire";
      case "crowd" -> "Safety";
      case "camera", "device" -> "Infra";
      default ->
          switch (alert.domain()) {
            case "env" -> "Env";
            case "traffic" -> "Transport";
            case "safety" -> "Safety";
            case null, default -> "Other";
          };
    };
  }

  private String event() {
    return switch (alert.kind()) {
      case "smoke" -> "疑似烟雾";
      case "crowd" -> "人员密集";
      case "sensor" -> "传感器报警";
      case "camera" -> "摄像机异常";
      case "device" -> "网关异常";
      default -> alert.kind();
    };
  }

  /** What CAP has no element for, under the names of our own payload. */
  private void parameters(CapXml xml) throws XMLStreamException {
    xml.pair("parameter", "state", alert.state());
    xml.pair("parameter", "rule", alert.why().rule());
    xml.pair("parameter", "confidence", Double.toString(alert.confidence()));
    if (alert.handling() != null) {
      xml.pair("parameter", "handling", alert.handling().state());
    }
    if (alert.popup() != null) {
      xml.pair("parameter", "camera", alert.popup().camera());
      if (alert.popup().gb28181() != null) {
        xml.pair("parameter", "gb28181", alert.popup().gb28181());
      }
    }
    if (alert.where().positionStale() != null) {
      xml.pair("parameter", "positionStale", alert.where().positionStale().toString());
    }
  }

  /** What is withheld is none. No {@code digest}: CAP's is SHA-1, ours SHA-256. */
  private void resource(CapXml xml, Alert.Evidence evidence) throws XMLStreamException {
    if (evidence.id() == null || evidence.bytes() == null) {
      return;
    }
    String what = evidence.type().startsWith("video/") ? "现场视频" : "现场图片";
    xml.start("resource");
    xml.text("resourceDesc", what + "（已脱敏）");
    xml.text("mimeType", evidence.type());
    xml.text("size", Long.toString(evidence.bytes()));
    xml.text("uri", gateway.urn() + ":evidence:" + evidence.id());
    xml.end();
  }

  private void area(CapXml xml) throws XMLStreamException {
    Alert.Where where = alert.where();
    xml.start("area");
    xml.text("areaDesc", where.address() == null ? gateway.about().name() : where.address());
    if (where.lat() != null && where.lon() != null) {
      xml.text("circle", circle(where.lat(), where.lon(), where.accuracyM()));
    }
    if (where.gridCode() != null) {
      xml.pair("geocode", "gridCode", where.gridCode());
    }
    if (where.partCode() != null) {
      xml.pair("geocode", "partCode", where.partCode());
    }
    xml.end();
  }

  /** {@code lat,lon radius}, the radius in kilometres: the accuracy, 0 where nobody knows it. */
  private static String circle(double lat, double lon, @Nullable Double accuracyM) {
    double radius = accuracyM == null ? 0 : accuracyM / 1000;
    return String.format(Locale.ROOT, "%.6f,%.6f %.3f", lat, lon, radius);
  }

  private String time(Instant at) {
    return CapXml.time(at.atZone(gateway.zone()).toOffsetDateTime());
  }
}
