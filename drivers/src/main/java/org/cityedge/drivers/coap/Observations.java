package org.cityedge.drivers.coap;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.OptionSet;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.coap.Token;
import org.eclipse.californium.core.observe.Observation;
import org.eclipse.californium.core.observe.ObservationStore;
import org.eclipse.californium.elements.EndpointContext;
import org.jspecify.annotations.Nullable;

/**
 * The observations of one endpoint. For each notification Californium takes a fresh request from
 * here. Its own store copies the whole of it and looks up whether its address is multicast, a
 * quarter of what a notification costs, and the listener would have to be found by the token once
 * more; a request from here shares what never changes and brings its listener. Bounded by the
 * sensors; safe for use by several threads.
 */
final class Observations implements ObservationStore {
  private final Map<Token, Established> established = new ConcurrentHashMap<>();
  private final Function<Token, @Nullable Consumer<Response>> listeners;

  /**
   * @param listeners who is told of a token's notifications, null for nobody; asked when a request
   *     registers
   */
  Observations(Function<Token, @Nullable Consumer<Response>> listeners) {
    this.listeners = listeners;
  }

  /** Tells the listener of the observation that brought this request. */
  static void notify(Request request, Response response) {
    if (request instanceof Renewed renewed) {
      renewed.of.listener.accept(response);
    }
  }

  /** What makes its request anew: a cache line in place of Californium's whole request. */
  private record Established(
      CoAP.Code code,
      CoAP.Type type,
      int messageId,
      OptionSet options,
      int largest,
      EndpointContext destination,
      boolean multicast,
      @Nullable EndpointContext context,
      Consumer<Response> listener) {
    Established(Request of, @Nullable EndpointContext context, Consumer<Response> listener) {
      this(
          of.getCode(),
          of.getType(),
          of.getMID(),
          new OptionSet(of.getOptions()),
          of.getMaxResourceBodySize(),
          of.getDestinationContext(),
          of.isMulticast(),
          context,
          listener);
    }

    Established in(EndpointContext found) {
      return new Established(
          code, type, messageId, options, largest, destination, multicast, found, listener);
    }

    Observation renewed(Token token) {
      return new Observation(new Renewed(token, this), context);
    }
  }

  /** The registering request anew, since each exchange adds observers to its own. */
  private static final class Renewed extends Request {
    private final Established of;

    Renewed(Token token, Established of) {
      super(of.code, of.type);
      this.of = of;
      // Not setDestinationContext, which looks through the interfaces' addresses each time.
      setRequestDestinationContext(of.destination);
      setMID(of.messageId);
      setToken(token);
      setMaxResourceBodySize(of.largest);
    }

    /** Shared by all of this observation; Californium only reads a sent request's options. */
    @Override
    public OptionSet getOptions() {
      return of.options;
    }

    @Override
    public boolean isMulticast() {
      return of.multicast;
    }
  }

  @Override
  public @Nullable Observation putIfAbsent(Token token, Observation observation) {
    Established before = established.putIfAbsent(token, established(token, observation));
    return before == null ? null : before.renewed(token);
  }

  @Override
  public @Nullable Observation put(Token token, Observation observation) {
    Established before = established.put(token, established(token, observation));
    return before == null ? null : before.renewed(token);
  }

  private Established established(Token token, Observation observation) {
    Consumer<Response> listener = listeners.apply(token);
    return new Established(
        observation.getRequest(), observation.getContext(), listener == null ? _ -> {} : listener);
  }

  @Override
  public @Nullable Observation get(@Nullable Token token) {
    if (token == null) {
      return null;
    }
    Established known = established.get(token);
    return known == null ? null : known.renewed(token);
  }

  @Override
  public void remove(@Nullable Token token) {
    if (token != null) {
      established.remove(token);
    }
  }

  @Override
  public void setContext(Token token, EndpointContext context) {
    established.computeIfPresent(token, (_, known) -> known.in(context));
  }

  @Override
  public void setExecutor(ScheduledExecutorService executor) {
    // Nothing here is done by time.
  }

  @Override
  public void start() {
    // Needs nothing.
  }

  @Override
  public void stop() {
    // Holds nothing.
  }
}
