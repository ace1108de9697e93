package org.cityedge.video;

import java.time.Instant;

/**
 * A frame as the camera sent it, but for privacy zones, which are black before anything sees them.
 * It must never leave the gateway by itself, and is nowhere to be kept in the clear.
 *
 * @param jpeg at most 512 KiB
 */
public record Original(byte[] jpeg, Instant takenAt) {}
