package org.cityedge.buffer;

import java.util.Optional;

/**
 * What a look at the whole of a store's file found.
 *
 * @param complete whether it came through in its time
 * @param damage what is wrong; empty when nothing was found
 */
public record Soundness(boolean complete, Optional<String> damage) {}
