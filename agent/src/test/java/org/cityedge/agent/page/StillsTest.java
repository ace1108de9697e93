package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.junit.jupiter.api.Test;

class StillsTest {
  private static final byte[] STRICT = {1};

  private final Stills stills = new Stills(List.of("cam-1"), () -> 1_000_000_000_000L);

  /** A picture that spares the smoke in it, and one that does not. */
  private static final class Both implements Witness {
    @Override
    public Picture get() {
      throw new AssertionError("a picture that spares smoke was asked for");
    }

    @Override
    public Witness strict() {
      return () -> new Picture.Masked(STRICT, Instant.EPOCH);
    }
  }

  private void offerWhileSomebodyLooks() {
    stills.look("cam-1");
    stills.offer(
        new Observation(
            "cam-1",
            "all",
            Observation.Kind.SMOKE,
            "test/1",
            0.9,
            OptionalDouble.empty(),
            true,
            Map.of(),
            List.of(new Region(0.1, 0.1, 0.5, 0.5)),
            0,
            Instant.EPOCH),
        new Both());
  }

  @Test
  void sparesNoSmoke() {
    offerWhileSomebodyLooks();
    assertThat(stills.look("cam-1"))
        .isInstanceOfSatisfying(
            Stills.Still.Shown.class, shown -> assertThat(shown.jpeg()).isEqualTo(STRICT));
  }

  /** It may have a privacy zone more now. */
  @Test
  void showsNothingOfBeforeACameraWasConfiguredAnew() {
    offerWhileSomebodyLooks();
    stills.follow(List.of("cam-1"), Set.of());
    assertThat(stills.look("cam-1")).isInstanceOf(Stills.Still.Shown.class);
    stills.follow(List.of("cam-1"), Set.of("cam-1"));
    assertThat(stills.look("cam-1")).isInstanceOf(Stills.Still.Withheld.class);
  }
}
