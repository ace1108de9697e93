package org.cityedge.drivers.coap;

import java.net.InetAddress;
import java.net.URI;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.elements.AddressEndpointContext;

/** The resource that a sensor asks. */
record Target(URI uri) {
  /** Fit for a log: without the query, which may hold a key. */
  String place() {
    return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
  }

  String host() {
    return uri.getHost();
  }

  /** A confirmable GET. */
  Request get(InetAddress address) {
    int port = uri.getPort() < 0 ? CoAP.getDefaultPort(uri.getScheme()) : uri.getPort();
    Request get = Request.newGet();
    get.setDestinationContext(new AddressEndpointContext(address, port));
    get.setOptions(uri);
    return get;
  }
}
