package org.cityedge.drivers.coap;

import java.net.InetAddress;
import org.cityedge.drivers.Fault;
import org.eclipse.californium.core.coap.Response;

/** What reaches a sensor from the network's threads. */
sealed interface Arrival {
  /** The host of the URI has an address; belongs to the numbered attempt. */
  record Resolved(long attempt, InetAddress address) implements Arrival {}

  /** The answer to the numbered attempt; {@code nanos} is its arrival. */
  record Answered(long attempt, Response response, long nanos) implements Arrival {}

  /** The numbered attempt came to nothing. */
  record Failed(long attempt, Fault fault) implements Arrival {}

  /** A notification of the observed resource; {@code nanos} is its arrival. */
  record Notified(Response response, long nanos) implements Arrival {}
}
