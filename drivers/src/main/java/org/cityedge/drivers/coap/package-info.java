/**
 * Sensors over CoAP (RFC 7252), observed (RFC 7641) or polled. In: responses and notifications of
 * one shared client endpoint, handed over by its threads through a bounded queue per sensor. Out:
 * samples, on the sensor's own virtual thread. Payloads are text, JSON or CBOR read with JSON
 * Pointers (RFC 6901), SenML in JSON or CBOR (RFC 8428), or LwM2M TLV, at most 8 KiB.
 */
@NullMarked
package org.cityedge.drivers.coap;

import org.jspecify.annotations.NullMarked;
