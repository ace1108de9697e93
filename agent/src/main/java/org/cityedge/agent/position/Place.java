package org.cityedge.agent.position;

import java.time.Duration;
import java.util.OptionalDouble;
import org.cityedge.drivers.position.PositionConfig.Source;

/**
 * Where the gateway was at a moment, WGS-84.
 *
 * @param accuracyM metres; empty when the receiver does not say
 * @param age between the position and the moment; zero for a fixed place
 * @param stale whether the position is too far from the moment to be taken for it
 */
public record Place(
    double lat,
    double lon,
    OptionalDouble accuracyM,
    Source source,
    Duration age,
    boolean stale,
    boolean simulated) {}
