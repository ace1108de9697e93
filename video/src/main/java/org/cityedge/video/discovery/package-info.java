/**
 * Finds ONVIF cameras in the network: WS-Discovery (OASIS, 1.1 with the addresses of the 2005/04
 * draft, which is what ONVIF Core Specification section 7.3 asks for). In: nothing but the local
 * network. Out: what each camera says of itself, unverified.
 */
@NullMarked
package org.cityedge.video.discovery;

import org.jspecify.annotations.NullMarked;
