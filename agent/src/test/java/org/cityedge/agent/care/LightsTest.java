package org.cityedge.agent.care;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.cityedge.agent.care.Lights.Cloud;
import org.cityedge.agent.care.Lights.Phase;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.LampConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LightsTest {
  @TempDir Path folder;

  private static String drawn(java.util.List<Phase> round) {
    return round.stream()
        .map(phase -> (phase.lit() ? "on " : "off ") + phase.lasts().toMillis())
        .collect(Collectors.joining(", "));
  }

  private static SortedSet<Integer> codes(Integer... codes) {
    return new TreeSet<>(java.util.List.of(codes));
  }

  @Test
  void theBrokersLampBlinksSlowlyWhileItWaitsFastWhileItConnectsAndThenIsSteady() {
    assertThat(drawn(Lights.round(Cloud.WAITING))).isEqualTo("on 300, off 300");
    assertThat(drawn(Lights.round(Cloud.CONNECTING))).isEqualTo("on 100, off 100");
    assertThat(drawn(Lights.round(Cloud.CONNECTED))).isEqualTo("on 500");
  }

  @Test
  void eachFaultFlashesItsNumber() {
    assertThat(drawn(Lights.round(codes()))).isEqualTo("off 2000");
    assertThat(drawn(Lights.round(codes(1)))).isEqualTo("on 250, off 1500");
    assertThat(drawn(Lights.round(codes(1, 3))))
        .isEqualTo("on 250, off 1500, on 250, off 250, on 250, off 250, on 250, off 1500");
  }

  @Test
  void tellsWhyALampCannotBeHad() {
    Path nowhere = folder.resolve("no-folder/line");
    Lights.Config config =
        new Lights.Config(
            Optional.empty(),
            Optional.of(new LampConfig.OnLine(new ContactConfig.Line.Simulated(nowhere), false)));
    Lights lights = Lights.start(config, () -> Cloud.CONNECTED, LightsTest::codes);
    Eventually.await(
        "it is told", Duration.ofSeconds(10), () -> lights.faults().containsKey("fault"));
    lights.close();
  }

  @Test
  void drivesALineAndLeavesItDark() {
    Path line = folder.resolve("line");
    Lights.Config config =
        new Lights.Config(
            Optional.of(new LampConfig.OnLine(new ContactConfig.Line.Simulated(line), false)),
            Optional.empty());
    Lights lights = Lights.start(config, () -> Cloud.CONNECTED, LightsTest::codes);
    Eventually.await("the lamp is lit", Duration.ofSeconds(10), () -> level(line).equals("1"));
    lights.close();
    assertThat(level(line)).isEqualTo("0");
  }

  @Test
  void theBoxIsToldByTwoQuickFlashes() {
    assertThat(drawn(Lights.round(Lights.Signal.IDENTIFY)))
        .isEqualTo("on 150, off 150, on 150, off 600");
  }

  @Test
  void aSignalIsShownAtOnceInPlaceOfWhatThereIsToTell() {
    Path line = folder.resolve("line");
    Lights.Config config =
        new Lights.Config(
            Optional.empty(),
            Optional.of(new LampConfig.OnLine(new ContactConfig.Line.Simulated(line), false)));
    Lights lights = Lights.start(config, () -> Cloud.CONNECTED, LightsTest::codes);
    Eventually.await(
        "a lamp without a fault", Duration.ofSeconds(10), () -> !level(line).isEmpty());
    lights.show(Lights.Signal.NOTED);
    Eventually.await("the lamp is lit", Duration.ofSeconds(10), () -> level(line).equals("1"));
    Eventually.await("and dark again", Duration.ofSeconds(10), () -> level(line).equals("0"));
    lights.close();
  }

  private static String level(Path line) {
    try {
      return Files.readString(line).strip();
    } catch (IOException e) {
      return "none";
    }
  }
}
