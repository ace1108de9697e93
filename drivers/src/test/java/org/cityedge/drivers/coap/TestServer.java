package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.server.resources.CoapExchange;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;

/** A CoAP sensor on loopback: {@code /s} can be observed, {@code /plain} says the same. */
final class TestServer implements AutoCloseable {
  private final CoapServer server;
  private final Resource resource = new Resource("s", true);

  // What the resource answers; set by the test, read by the server's threads.
  private volatile ResponseCode code = ResponseCode.CONTENT;
  private volatile byte[] payload = new byte[0];
  private volatile int contentFormat;
  private volatile boolean mute;
  final AtomicInteger requests = new AtomicInteger();
  private final Set<Integer> messageIds = ConcurrentHashMap.newKeySet();

  /**
   * @param port 0 for a free one
   */
  TestServer(int port) {
    Configuration configuration =
        new Configuration(CoapConfig.DEFINITIONS, UdpConfig.DEFINITIONS, SystemConfig.DEFINITIONS)
            .set(CoapConfig.PROTOCOL_STAGE_THREAD_COUNT, 1)
            .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, 64 * 1024);
    server = new CoapServer(configuration);
    server.addEndpoint(
        new CoapEndpoint.Builder()
            .setConfiguration(configuration)
            .setInetSocketAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .build());
    server.add(resource, new Resource("plain", false));
    server.start();
  }

  int port() {
    return server.getEndpoints().getFirst().getAddress().getPort();
  }

  /** Answers with this from now on, and notifies observers. */
  void say(String text, int format) {
    payload = text.getBytes(UTF_8);
    contentFormat = format;
    code = ResponseCode.CONTENT;
    resource.changed();
  }

  void refuse(ResponseCode error) {
    code = error;
    payload = new byte[0];
  }

  void mute(boolean silent) {
    mute = silent;
  }

  /** Requests that were really received; the counter above counts notifications as well. */
  int received() {
    return messageIds.size();
  }

  int observers() {
    return resource.getObserverCount();
  }

  @Override
  public void close() {
    server.destroy();
  }

  private final class Resource extends CoapResource {
    Resource(String name, boolean observable) {
      super(name);
      setObservable(observable);
    }

    @Override
    public void handleGET(CoapExchange exchange) {
      requests.incrementAndGet();
      messageIds.add(exchange.advanced().getRequest().getMID());
      if (mute) {
        return;
      }
      Response response = new Response(code);
      response.setPayload(payload);
      if (response.isSuccess()) {
        response.getOptions().setContentFormat(contentFormat);
      }
      exchange.respond(response);
    }
  }
}
