/**
 * Sensors over CoAP (RFC 7252), observed (RFC 7641), polled, or posting to the gateway's inbox;
 * plain or over DTLS 1.2 (RFC 6347). In: responses and notifications of shared client endpoints,
 * and requests to the inbox, handed over by Californium's threads through a bounded queue per
 * sensor. Out: samples; observed and polled sensors take turns on a few shared platform threads,
 * one that posts has a virtual thread of its own. Payloads are text, JSON or CBOR read with JSON
 * Pointers (RFC 6901), SenML in JSON or CBOR (RFC 8428), or LwM2M's TLV or JSON, at most 8 KiB.
 */
@NullMarked
package org.cityedge.drivers.coap;

import org.jspecify.annotations.NullMarked;
