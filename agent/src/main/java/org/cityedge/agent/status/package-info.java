/**
 * How the gateway is doing, for the centre: the periodic health document and the device-independent
 * catalogue.
 */
@NullMarked
package org.cityedge.agent.status;

import org.jspecify.annotations.NullMarked;
