/**
 * Sensors over CoAP (RFC 7252), observed (RFC 7641) or polled. In: responses and notifications of
 * one shared client endpoint, handed over by its threads through a bounded queue per sensor. Out:
 * samples, on the sensor's own virtual thread. Payloads are text, JSON read with JSON Pointers (RFC
 * 6901), or SenML JSON (RFC 8428), at most 8 KiB.
 */
@NullMarked
package org.cityedge.drivers.coap;

import org.jspecify.annotations.NullMarked;
