/**
 * What the centre asks of a gateway (wire.md §6, config.md §3): commands, handling of alerts and
 * orders in, answers and reports out as stored events. The uplink's inbox thread hands everything
 * over. Commands and alert handling are worked at there, what takes longer (doctor, snapshot) on
 * virtual threads of its own, at most eight; orders, trials, reports and watched keys are the
 * agent's thread's, which also takes what the verbs on the gateway leave for it.
 */
@NullMarked
package org.cityedge.agent.remote;

import org.jspecify.annotations.NullMarked;
