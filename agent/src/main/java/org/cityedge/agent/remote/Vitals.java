package org.cityedge.agent.remote;

import java.util.Optional;

/**
 * How a running configuration is doing, as far as a gate asks (config.md §3).
 *
 * @param connected whether a broker has sent CONNACK and is still there
 * @param held whether the consumer at the centre is away, so that nothing may be sent
 * @param probed whether the probe event has had its PUBACK
 * @param delivering sensors whose last sample was a reading that can be trusted
 * @param showing cameras that deliver frames
 * @param fault the uplink's last fault, one sentence
 */
public record Vitals(
    boolean connected,
    boolean held,
    boolean probed,
    int sensors,
    int delivering,
    int cameras,
    int showing,
    Optional<String> fault) {}
