/**
 * The way out: what waits in the {@link org.cityedge.buffer.EventStore} goes over MQTT 5, by
 * configuration MQTT 3.1.1, to the monitoring centre.
 *
 * <p>In: stored events, oldest of the most urgent lane first. Out: PUBLISH packets within the
 * window, and settlements for what the broker confirmed. Everything about a connection happens on
 * the thread {@code publisher}; the MQTT client's own threads only hand signals over. Payloads,
 * topics and delivery follow the wire contract in {@code src/main/asyncapi}; MQTT means OASIS MQTT
 * 5.0 where it does not say 3.1.1, CloudEvents means 1.0.2 with its JSON format and MQTT binding.
 */
@NullMarked
package org.cityedge.agent.uplink;

import org.jspecify.annotations.NullMarked;
