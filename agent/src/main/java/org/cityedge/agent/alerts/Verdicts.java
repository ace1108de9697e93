package org.cityedge.agent.alerts;

/**
 * What came of the alerts of one sensor or camera, drills and tests apart, over restarts.
 *
 * @param raised all of them
 * @param falsePositives those that the centre called so
 */
public record Verdicts(long raised, long falsePositives) {
  Verdicts plus(long moreRaised, long moreFalse) {
    return new Verdicts(raised + moreRaised, falsePositives + moreFalse);
  }
}
