package org.cityedge.drivers.coap;

import java.util.function.LongSupplier;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Handover;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.scandium.dtls.DtlsHandshakeTimeoutException;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.jspecify.annotations.Nullable;

/** Hands what becomes of a request over to the sensor's thread. */
final class AttemptObserver extends Handshake {
  private final long attempt;
  private final String place;
  private final Handover<Arrival> arrivals;
  private final LongSupplier nanos;

  /**
   * @param place the resource, fit for a log
   */
  AttemptObserver(long attempt, String place, Handover<Arrival> arrivals, LongSupplier nanos) {
    this.attempt = attempt;
    this.place = place;
    this.arrivals = arrivals;
    this.nanos = nanos;
  }

  @Override
  public void onResponse(Response response) {
    arrivals.offer(new Arrival.Answered(attempt, response, nanos.getAsLong()));
  }

  @Override
  public void onTimeout() {
    failed(Fault.Kind.UNREACHABLE, "does not answer");
  }

  @Override
  public void onReject() {
    failed(Fault.Kind.REFUSED, "rejected the request with a reset");
  }

  @Override
  public void onSendError(Throwable error) {
    switch (error) {
      case DtlsHandshakeTimeoutException late ->
          failed(Fault.Kind.UNREACHABLE, silentAt(late.getFlightNumber()));
      case HandshakeException refused -> failed(Fault.Kind.REFUSED, refused(refused));
      default -> failed(Fault.Kind.UNREACHABLE, "cannot be reached: " + error.getMessage());
    }
  }

  @Override
  public void onResponseHandlingError(Throwable error) {
    failed(Fault.Kind.MALFORMED, "answered what cannot be put together: " + error.getMessage());
  }

  void failed(Fault.Kind kind, @Nullable String what) {
    arrivals.offer(new Arrival.Failed(attempt, new Fault(kind, place + " " + what)));
  }
}
