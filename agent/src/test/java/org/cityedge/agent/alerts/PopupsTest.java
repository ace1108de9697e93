package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which window opens for a sensor whose rule names no camera. */
class PopupsTest {
  private static final String HEAD =
      """
      gateway: {id: gw-1, district: "510108"}
      uplink: {brokers: ["mqtt://h"]}
      rules:
      - {id: door-open, kind: contact, sensor: door, quantity: open}
      """;
  private static final String DOOR =
      "id: door, type: contact, chip: sim, simFile: /tmp/d, quantity: open";
  private static final String FIXED = "position: {source: fixed, lat: 30.66, lon: 104.1}\n";
  private static final String AT = ", location: {lat: 30.66, lon: 104.1}";
  private static final String CAMERAS =
      "cameras: [{id: cam-1, source: \"rtsp://h/1\"}, {id: cam-2, source: \"rtsp://h/2\"}]\n";

  private static GatewayConfig config(String position, String door, String cameras)
      throws Exception {
    return config(position, door, cameras, HEAD);
  }

  private static GatewayConfig config(String position, String door, String cameras, String head)
      throws Exception {
    String text = head + position + "sensors: [{" + door + "}]\n" + cameras;
    return ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, Path.of("data")));
  }

  private static Optional<String> camera(GatewayConfig config) {
    return new Popups(config).of(List.of(config.rules().getFirst())).map(Alert.Popup::camera);
  }

  @Test
  void whatHasNoPlaceOfItsOwnIsOnTheGatewayWhereverThatIs() throws Exception {
    assertThat(camera(config(FIXED, DOOR, CAMERAS))).contains("cam-1");
    assertThat(camera(config("position: {source: gpsd}\n", DOOR, CAMERAS))).contains("cam-1");
    assertThat(camera(config("", DOOR, CAMERAS))).contains("cam-1");
  }

  @Test
  void nobodyKnowsHowFarASensorWithAPlaceIsFromACameraWithout() throws Exception {
    GatewayConfig config = config(FIXED, DOOR + AT, CAMERAS);
    assertThat(camera(config)).isEmpty();
  }

  @Test
  void aDetectorsContactShowsTheNearestCameras(@TempDir Path folder) throws Exception {
    try (AlertStage stage = new AlertStage(folder, House.SECTIONS)) {
      stage.flag("detector", true);
      JsonNode popup = stage.last().get("popup");
      assertThat(popup.get("camera").asText()).isEqualTo("cam-1");
      assertThat(popup.get("near")).hasSize(1);
      assertThat(popup.at("/near/0").asText()).isEqualTo("51010800001320000002");
    }
  }

  @Test
  void aRuleWhoseCameraIsGoneShowsWhatIsLeft() throws Exception {
    GatewayConfig before =
        config("", DOOR, CAMERAS, HEAD.replace("quantity: open}", "quantity: open, cameras: [cam-1, cam-2]}"));
    GatewayConfig after = config("", DOOR, CAMERAS.replace("{id: cam-1, source: \"rtsp://h/1\"}, ", ""));
    assertThat(new Popups(after).of(before.rules().subList(0, 1)).map(Alert.Popup::camera)).contains("cam-2");
  }
}
