package org.cityedge.buffer;

import java.time.Duration;
import java.time.Instant;

/**
 * An event that a receiver would never take, kept to be looked at.
 *
 * @param number its sequence number
 * @param at when it was rejected, by the wall clock of then
 * @param age since then, by the store's own clock, which nobody sets and which stands still without
 *     power; of one that an older agent rejected, since the update
 * @param reason as the settlement gave it
 */
public record DeadLetter(
    long number, Instant at, Duration age, Lane lane, String topic, String id, String reason) {}
