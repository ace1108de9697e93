/**
 * The durable event store: bytes with a topic, a lane and an id. It knows no reading and no alert.
 *
 * <p>In: {@link org.cityedge.buffer.Event}s, from any thread; {@code append} returns after the
 * commit, and from there the store owns the event. Out: {@link org.cityedge.buffer.StoredEvent}s in
 * lane order, until they are settled. SQLite is the only queue of the agent (wire.md §3).
 */
@NullMarked
package org.cityedge.buffer;

import org.jspecify.annotations.NullMarked;
