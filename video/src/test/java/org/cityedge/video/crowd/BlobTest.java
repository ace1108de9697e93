package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.cityedge.video.CameraConfig.PersonHeight;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlobTest {
  /** Everybody is 40 of 200 pixels tall and covers 400 pixels. */
  private static final Perspective FLAT = Perspective.of(Optional.of(new PersonHeight(0.2, 0.2)));

  @ParameterizedTest(name = "{5}")
  @CsvSource({
    "16, 40, 400, 1.0, false, one person",
    "16, 30, 240, 0.6, false, half hidden",
    "40, 42, 900, 2.25, false, a loose group",
    "100, 90, 5000, 12.5, false, a crowd",
    "5, 8, 30, 0, false, a pigeon",
    "60, 10, 500, 0, false, a shadow on the ground",
    "50, 40, 1600, 0, true, a car",
    "110, 100, 9000, 0, true, a lorry",
    "60, 150, 5000, 1.0, false, somebody close to the camera",
    "115, 150, 9000, 2.0, false, two close to the camera",
  })
  void tellsPeopleFromTheRest(
      int width, int height, int area, double persons, boolean vehicle, String what) {
    Blob blob = new Blob(10, 20, width, height, area);

    assertThat(blob.persons(FLAT, 200)).as(what).isEqualTo(persons, within(0.01));
    assertThat(blob.isVehicle(FLAT, 200)).isEqualTo(vehicle);
  }

  @Test
  void liesAroundAllPixelsOfItsNumber() {
    short[] label = {
      0, 2, 0, 1, 1, //
      3, 0, 0, 0, 1, //
      0, 3, 2, 0, 0, //
      3, 0, 0, 0, 0
    };

    assertThat(Blob.of(label, 5, 3))
        .containsExactly(new Blob(3, 0, 2, 2, 3), new Blob(1, 0, 2, 3, 2), new Blob(0, 1, 2, 3, 3));
    assertThat(Blob.of(new short[20], 5, 0)).isEmpty();
  }

  @Test
  void expectsTallerPeopleFurtherDown() {
    Perspective street = Perspective.of(Optional.empty());

    assertThat(street.height(0, 200)).isEqualTo(20, within(1e-9));
    assertThat(street.height(100, 200)).isEqualTo(30, within(1e-9));
    assertThat(street.height(200, 200)).isEqualTo(40, within(1e-9));
    assertThat(street.area(200, 200)).isEqualTo(400, within(1e-9));
    assertThat(street.measured()).isFalse();
  }
}
