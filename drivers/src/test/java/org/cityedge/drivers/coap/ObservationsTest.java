package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.coap.Token;
import org.eclipse.californium.core.observe.Observation;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.eclipse.californium.elements.EndpointContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ObservationsTest {
  private static final Token TOKEN = new Token(new byte[] {1, 2, 3, 4});

  private final EndpointContext peer =
      new AddressEndpointContext(InetAddress.getLoopbackAddress(), 5683);
  private final Response response = new Response(ResponseCode.CONTENT);
  private final List<Response> heard = new ArrayList<>();
  private final Map<Token, Consumer<Response>> listeners = new HashMap<>(Map.of(TOKEN, heard::add));
  private final Observations observations = new Observations(listeners::get);

  @BeforeEach
  void register() {
    Request get = Request.newGet();
    get.setDestinationContext(peer);
    get.getOptions().addUriPath("pm25").addUriQuery("unit=ug");
    get.setToken(TOKEN);
    get.setMID(4711);
    get.setObserve();
    observations.put(TOKEN, new Observation(get, null));
  }

  private Request renewed() {
    return Objects.requireNonNull(observations.get(TOKEN)).getRequest();
  }

  @Test
  void aNotificationGoesToTheListenerThatWasThereAtTheRegistration() {
    Request request = renewed();
    listeners.clear();

    Observations.notify(request, response);

    assertThat(heard).containsExactly(response);
  }

  @Test
  void aNotificationOfSomebodyElsesRequestIsPassedOver() {
    Observations.notify(Request.newGet(), response);

    assertThat(heard).isEmpty();
  }

  @Test
  void whatIsHandedOutIsTheRegisteringRequest() {
    Request request = renewed();

    assertThat(request.isObserve()).isTrue();
    assertThat(request.getToken()).isEqualTo(TOKEN);
    assertThat(request.getMID()).isEqualTo(4711);
    assertThat(request.getDestinationContext()).isEqualTo(peer);
    assertThat(request.getOptions().getUriPathString()).isEqualTo("pm25");
    assertThat(request.getOptions().getUriQueryString()).isEqualTo("unit=ug");
  }

  @Test
  void observersOfOneNotificationDoNotStayForTheNext() {
    renewed().addMessageObserver(new MessageObserverAdapter() {});

    assertThat(renewed().getMessageObservers()).isEmpty();
  }

  @Test
  void theContextThatTheTransportFoundIsKept() {
    observations.setContext(TOKEN, peer);

    assertThat(Objects.requireNonNull(observations.get(TOKEN)).getContext()).isEqualTo(peer);
    assertThat(heard).isEmpty();
  }

  @Test
  void aTokenThatIsTakenIsNotGivenToAnother() {
    Request other = Request.newGet().setObserve();

    Observation before = observations.putIfAbsent(TOKEN, new Observation(other, peer));

    assertThat(Objects.requireNonNull(before).getRequest().getMID()).isEqualTo(4711);
    assertThat(renewed().getMID()).isEqualTo(4711);
  }

  @Test
  void nothingIsKnownOfATokenThatWasRemovedOrNeverThere() {
    observations.remove(TOKEN);

    assertThat(observations.get(TOKEN)).isNull();
    assertThat(observations.get(null)).isNull();
    observations.setContext(TOKEN, peer);
    assertThat(observations.get(TOKEN)).isNull();
  }
}
