package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;

class DiskChecksTest {
  @Test
  void aCameraThatIsRecordedTwiceWantsTwoRingsAndItsClipsTwiceTheRoom() throws Exception {
    String text =
        """
        gateway: {district: "510108", id: gw-1}
        uplink: {brokers: ["mqtt://h"]}
        cameras:
        - {id: cam-1, source: "rtsp://h/low", mainSource: "rtsp://h/high", detect: [smoke]}
        - {id: cam-2, source: "rtsp://h/low", detect: [smoke]}
        """;
    GatewayConfig config =
        ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, Path.of("data")));
    assertThat(DiskChecks.wanted(config)).isEqualTo(16 * (3 + 2 * 5));
  }
}
