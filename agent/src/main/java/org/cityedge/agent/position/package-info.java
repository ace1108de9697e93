/**
 * What a vehicle gateway does with its positions. In: a receiver's reports, on the receiver's
 * thread. Out: where the gateway was at a moment, for alerts and health, and the packs of its track
 * in the store (wire.md §5).
 */
@NullMarked
package org.cityedge.agent.position;

import org.jspecify.annotations.NullMarked;
