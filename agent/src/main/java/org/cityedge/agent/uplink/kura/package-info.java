/** The payload of Eclipse Kura and Kapua (wire.md §7): KuraPayload in protobuf's wire format. */
@NullMarked
package org.cityedge.agent.uplink.kura;

import org.jspecify.annotations.NullMarked;
