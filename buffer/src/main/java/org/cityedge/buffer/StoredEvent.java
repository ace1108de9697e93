package org.cityedge.buffer;

/**
 * An event that the store owns.
 *
 * @param sequence its number, contiguous from 1 over the life of the store and over all lanes,
 *     assigned in the transaction that stored the event
 * @param boot the boot in which it was appended ({@link EventStore#boot})
 */
public record StoredEvent(long sequence, long boot, Event event) {}
