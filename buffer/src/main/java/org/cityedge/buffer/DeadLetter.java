package org.cityedge.buffer;

import java.time.Instant;

/**
 * An event that a receiver would never take, kept to be looked at.
 *
 * @param number its sequence number
 * @param at when it was rejected, by the wall clock of then
 * @param reason as the settlement gave it
 */
public record DeadLetter(
    long number, Instant at, Lane lane, String topic, String id, String reason) {}
