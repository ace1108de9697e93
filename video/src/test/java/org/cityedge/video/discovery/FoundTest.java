package org.cityedge.video.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FoundTest {
  private static Found named(String name) {
    return new Found("10.0.0.1", "e", List.of("onvif://www.onvif.org/name/" + name), List.of());
  }

  @Test
  void aNameSteersNoTerminal() {
    // ESC [ 2 J; CSI as one character; from right to left.
    assertThat(named("Door%1B%5B2J%0A1").name()).contains("Door?[2J?1");
    assertThat(named("Door%C2%9B2J%E2%80%AE1").name()).contains("Door?2J?1");
    assertThat(named("%E5%A4%A7%E9%97%A8+1").name()).contains("大门+1");
  }

  @Test
  void aNameThatIsNotEncodedIsTakenAsItIs() {
    assertThat(named("100%").name()).contains("100%");
  }
}
