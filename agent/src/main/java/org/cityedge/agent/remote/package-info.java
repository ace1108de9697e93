/**
 * What the centre asks of a gateway (wire.md §6): commands in, answers out as stored events. Called
 * on the uplink's inbox thread.
 */
@NullMarked
package org.cityedge.agent.remote;

import org.jspecify.annotations.NullMarked;
