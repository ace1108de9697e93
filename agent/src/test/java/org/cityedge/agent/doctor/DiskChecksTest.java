package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;

class DiskChecksTest {
  private static final String ONE_CAMERA =
      """
      gateway: {district: "510108", id: gw-1}
      uplink: {brokers: ["mqtt://h"]}
      cameras:
      - {id: cam-1, source: "rtsp://h/low", detect: [smoke]}
      """;

  private static long wanted(String text) throws Exception {
    return DiskChecks.wanted(
        ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, Path.of("data"))));
  }

  @Test
  void theOriginalAndTheMaskedFileOfTheClipInTheMakingWantRoomAsWell() throws Exception {
    assertThat(wanted(ONE_CAMERA)).isEqualTo(16 * (1 + 5 + 1) + 3);
    assertThat(wanted(ONE_CAMERA + "evidence: {originals: {keep: 0s}}\n"))
        .isEqualTo(16 * (1 + 5) + 3);
  }

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
    assertThat(wanted(text)).isEqualTo(16 * (3 + 2 * 5 + 1) + 14);
  }
}
