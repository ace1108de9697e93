package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementTest {
  @ParameterizedTest
  @CsvSource({
    "STRETCH, 640, 360, 0, 0, 320, 320",
    "LETTERBOX, 640, 360, 0, 70, 320, 180",
    "LETTERBOX, 360, 640, 70, 0, 180, 320",
    "LETTERBOX, 160, 90, 0, 70, 320, 180",
    "CORNER, 640, 360, 0, 0, 320, 180",
    "LETTERBOX, 4096, 16, 0, 159, 320, 1",
  })
  void placesAPicture(Fit fit, int width, int height, int left, int top, int wide, int high) {
    assertThat(Placement.of(fit, width, height, 320))
        .isEqualTo(new Placement(left, top, wide, high));
  }

  @ParameterizedTest
  @CsvSource({
    "STRETCH, 640, 360",
    "LETTERBOX, 640, 360",
    "LETTERBOX, 360, 640",
    "CORNER, 768, 576"
  })
  void leadsBackToThePicture(Fit fit, int width, int height) {
    Placement placement = Placement.of(fit, width, height, 416);
    Box there =
        new Box(
            Label.PERSON,
            0.5,
            placement.left() + 0.25 * placement.width(),
            placement.top() + 0.5 * placement.height(),
            placement.left() + 0.75 * placement.width(),
            placement.top() + placement.height());

    Box back = placement.back(there);

    Offset<Double> exactly = Offset.offset(1e-9);
    assertThat(back.left()).isCloseTo(0.25, exactly);
    assertThat(back.top()).isCloseTo(0.5, exactly);
    assertThat(back.right()).isCloseTo(0.75, exactly);
    assertThat(back.bottom()).isCloseTo(1, exactly);
  }

  @Test
  void cutsOffWhatLiesInTheMargin() {
    Box back =
        Placement.of(Fit.LETTERBOX, 640, 360, 320)
            .back(new Box(Label.PERSON, 0.5, -10, 0, 330, 160));

    assertThat(back).isEqualTo(new Box(Label.PERSON, 0.5, 0, 0, 1, 0.5));
  }
}
