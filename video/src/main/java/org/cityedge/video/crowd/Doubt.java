package org.cityedge.video.crowd;

import java.util.List;
import java.util.Optional;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation.Region;

/**
 * Looks otherwise at the places where people are counted, and can say that nobody is there. Asked
 * on the detector's thread.
 */
@FunctionalInterface
public interface Doubt {
  /**
   * A connected place that counts as people.
   *
   * @param persons how many, above 0
   * @param personHeight that a person there is expected to have, as a fraction of the picture's
   *     height
   */
  record Claim(Region where, double persons, double personHeight) {}

  /**
   * For each claim whether nobody is there.
   *
   * @return empty when it has not looked at this frame; what it said of an earlier one holds then
   */
  Optional<boolean[]> nobody(Frame frame, List<Claim> claims);
}
