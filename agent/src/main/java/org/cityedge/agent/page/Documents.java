package org.cityedge.agent.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.cityedge.agent.page.Snapshot.Level;
import org.cityedge.config.Section;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Ground;
import org.cityedge.video.Zone;

/** A snapshot as JSON. Pure. */
final class Documents {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Documents() {}

  /** Everything but the curves. */
  static byte[] status(Snapshot snapshot) {
    ObjectNode out = JSON.valueToTree(snapshot);
    // Words in lower case, as in every document of ours.
    lower(out.at("/light"));
    out.at("/light/reasons").forEach(Documents::lower);
    return bytes(out);
  }

  private static void lower(JsonNode levelled) {
    Level level = Level.valueOf(levelled.get("level").asText());
    ((ObjectNode) levelled).put("level", Section.wordFor(level));
  }

  /**
   * What anybody may see: the level and the words of its causes; neither whose they are nor more.
   *
   * @param code whether an access code opens the rest
   */
  static byte[] light(Snapshot snapshot, AccessCode.Standing code) {
    ObjectNode out = JSON.createObjectNode();
    out.put("time", snapshot.time());
    out.put("gateway", snapshot.gateway().id());
    out.put("level", Section.wordFor(snapshot.light().level()));
    out.put("code", code.word());
    ArrayNode causes = out.putArray("causes");
    snapshot.light().reasons().stream().map(Snapshot.Reason::code).distinct().forEach(causes::add);
    return bytes(out);
  }

  /**
   * The last hour of each channel, 4 significant digits; null where nothing was measured, or what
   * no curve can show.
   */
  static byte[] curves(Snapshot snapshot) {
    ObjectNode out = JSON.createObjectNode();
    for (LastHour.Curve curve : snapshot.curves()) {
      ArrayNode points = out.putArray(curve.sensor() + "/" + curve.quantity());
      for (float point : curve.points()) {
        if (!Float.isFinite(point)) {
          points.addNull();
        } else {
          points.add(new BigDecimal(point).round(new MathContext(4)));
        }
      }
    }
    return bytes(out);
  }

  /** By camera, what of its configuration can be drawn. */
  static byte[] zones(List<CameraConfig> cameras) {
    ObjectNode out = JSON.createObjectNode();
    for (CameraConfig camera : cameras) {
      ObjectNode one = out.putObject(camera.id());
      polygons(one.putArray("zones"), camera.zones());
      polygons(one.putArray("ignore"), camera.ignore());
      polygons(one.putArray("privacy"), camera.privacy());
      camera
          .personHeight()
          .ifPresent(
              height ->
                  one.putObject("personHeight")
                      .put("top", height.top())
                      .put("bottom", height.bottom()));
      camera.ground().ifPresent(ground -> ground(one.putObject("ground"), ground));
    }
    return bytes(out);
  }

  private static void ground(ObjectNode out, Ground ground) {
    ArrayNode points = out.putArray("points");
    ArrayNode metres = out.putArray("metres");
    for (Ground.Mark mark : ground.marks()) {
      points.addArray().add(mark.x()).add(mark.y());
      metres.addArray().add(mark.east()).add(mark.north());
    }
  }

  private static void polygons(ArrayNode out, List<Zone> zones) {
    for (Zone zone : zones) {
      ArrayNode points = out.addObject().put("id", zone.id()).putArray("polygon");
      zone.polygon().forEach(point -> points.addArray().add(point.x()).add(point.y()));
    }
  }

  /** {@code {"withheld": "…"}}. */
  static byte[] withheld(String reason) {
    return bytes(JSON.createObjectNode().put("withheld", reason));
  }

  private static byte[] bytes(ObjectNode node) {
    try {
      return JSON.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a snapshot is made of texts and numbers only", e);
    }
  }
}
