package org.cityedge.agent.uplink;

import java.util.Optional;

/**
 * What {@code G/state} says about the gateway beside being online.
 *
 * @param version the agent's version
 * @param catalog sha256 of the catalogue as in its own document, 64 lower-case hex digits; empty
 *     before there is one
 * @param configSeq number of the active configuration, 0 for the one from the factory
 */
public record StateDocument(String version, Optional<String> catalog, long configSeq) {}
