package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.cityedge.drivers.gpio.ChipSurvey.Chip;
import org.cityedge.drivers.gpio.ChipSurvey.Listed;
import org.junit.jupiter.api.Test;

class GpioVerbTest {
  private static final Chip CHIP =
      new Chip(
          Path.of("/dev/gpiochip0"),
          "gateway-sim",
          List.of(
              new Listed(0, "", false, "", false, List.of()),
              new Listed(4, "door-contact", true, "cityedge", false, List.of("active-low")),
              new Listed(5, "siren", true, "", true, List.of())),
          "");

  @Test
  void listsOwnerDirectionAndFlags() {
    assertThat(GpioVerb.table(CHIP).lines())
        .containsExactly(
            "/dev/gpiochip0 (gateway-sim), 3 lines",
            "     0  -                        input   free",
            "     4  door-contact             input   \"cityedge\"               active-low",
            "     5  siren                    output  taken, unnamed");
  }

  @Test
  void saysWhyChipIsNotListed() {
    Chip closed = new Chip(Path.of("/dev/gpiochip1"), "", List.of(), "may not be opened");
    assertThat(GpioVerb.table(closed).strip()).isEqualTo("/dev/gpiochip1: may not be opened");
    assertThat(GpioVerb.json(List.of(closed)))
        .isEqualTo(
            "[{\"chip\":\"/dev/gpiochip1\",\"label\":\"\",\"problem\":\"may not be opened\","
                + "\"lines\":[]}]");
  }

  @Test
  void listsAsJson() {
    assertThat(GpioVerb.json(List.of(CHIP)))
        .contains(
            "{\"line\":4,\"name\":\"door-contact\",\"used\":true,\"owner\":\"cityedge\","
                + "\"direction\":\"input\",\"flags\":[\"active-low\"]}");
  }

  @Test
  void takesNumberNameOrPathForChip() {
    Path expected = Path.of("/dev/gpiochip2");
    assertThat(GpioVerb.device("2")).isEqualTo(expected);
    assertThat(GpioVerb.device("gpiochip2")).isEqualTo(expected);
    assertThat(GpioVerb.device("/dev/gpiochip2")).isEqualTo(expected);
  }
}
