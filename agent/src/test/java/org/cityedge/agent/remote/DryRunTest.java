package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.testing.ColourModel;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DryRunTest {
  @TempDir Path data;

  private GatewayConfig camera(String models) throws Exception {
    Path clip = data.resolve("clip.mp4");
    if (!Files.exists(clip)) {
      Files.createFile(clip);
    }
    String text =
        "gateway: {id: gw-1, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\n"
            + "cameras: [{id: cam-1, source: \"%s\", detect: [smoke], models: {%s}}]"
                .formatted(clip.toUri(), models);
    return ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, data));
  }

  @Test
  void looksWhetherAModelThatIsNewlyNamedIsThere() throws Exception {
    String named = "smoke: {" + ColourModel.write(data.resolve("models"), "colour", 0.5) + "}";
    GatewayConfig now = camera("");
    GatewayConfig next = camera(named);
    assertThat(DryRun.of(now, next, data)).isEmpty();

    Files.delete(data.resolve("models/colour.onnx"));
    assertThat(DryRun.of(now, next, data))
        .singleElement()
        .asString()
        .startsWith("camera cam-1: ")
        .contains("colour.onnx: there is no such file");
    assertThat(DryRun.of(next, next, data)).as("runs already").isEmpty();
  }
}
