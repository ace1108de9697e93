package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cityedge.drivers.Backoff;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Handover;
import org.cityedge.drivers.Overflow;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sensor;
import org.eclipse.californium.core.coap.OptionSet;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.coap.Token;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observes or polls one resource. One request is under way at a time; it is given up after 2..30 s.
 *
 * <p>What comes out besides readings: {@code UNREACHABLE} and {@code REFUSED} once when it begins
 * and when its cause is another, {@code LOST} once when nothing was heard for one and a half
 * expected intervals, with the cause once more after it, {@code MALFORMED} for each payload.
 */
public final class CoapSensor implements Sensor {
  private static final Logger log = LoggerFactory.getLogger(CoapSensor.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(2);
  private static final Duration MOST_PATIENCE = Duration.ofSeconds(30);

  private final CoapSensorConfig config;
  private final CoapLink link;
  private final CoapLink.Caller caller;
  private final Clocks clocks;
  private final PayloadSamples payloads;
  private final Handover<Arrival> arrivals;
  private final Overflow overflow;
  private final Target target;
  private final String place;
  private final long periodNanos;
  private final long patienceNanos;

  private final Turns.Seat seat;
  private final AtomicBoolean forgotten = new AtomicBoolean();

  // confined to the sensor's turns: the request under way
  private long attempt;
  private @Nullable Request request;
  private @Nullable Handshake handshake;
  private boolean inFlight;
  private long givenUpNanos;
  private long nextRequestNanos;

  // confined to the sensor's turns: the observation
  private final NotificationOrder order = new NotificationOrder();
  private final SplittableRandom random = new SplittableRandom();
  private final Backoff backoff = new Backoff(FIRST_RETRY, LAST_RETRY, random);
  private @Nullable Token token;
  private @Nullable InetAddress peer;
  private boolean observing;
  private boolean polled;

  // confined to the sensor's turns: what leaves
  private Emitter emitter; // replaced once, at the start

  /** Does no I/O. */
  public CoapSensor(CoapSensorConfig config, CoapLink link, Clocks clocks) {
    this.config = config;
    this.link = link;
    this.caller = link.caller(config.security(), this::registerAgain);
    this.clocks = clocks;
    Turns.Seat own = link.turns().seat(new OwnTurn());
    this.seat = own;
    this.arrivals = new Handover<>(clocks.monotonic(), own::call);
    this.overflow =
        new Overflow(
            arrivals,
            config.id(),
            link.losses(),
            clocks.monotonic(),
            "Sensor sends more than "
                + Handover.PER_SECOND
                + " messages a second, or is read too slowly; the oldest are dropped");
    this.target = new Target(config.uri());
    this.place = target.place();
    this.payloads = new PayloadSamples(config, clocks, place);
    this.emitter = new Emitter(id(), clocks, config.period(), arrivals::isClosed, _ -> {});
    this.periodNanos = config.period().toNanos();
    this.patienceNanos = Math.clamp(periodNanos, LEAST_PATIENCE.toNanos(), MOST_PATIENCE.toNanos());
  }

  @Override
  public String id() {
    return config.id();
  }

  @Override
  public void start(Sample.Sink sink) {
    seat.take();
    emitter = new Emitter(id(), clocks, config.period(), arrivals::isClosed, sink);
    nextRequestNanos = clocks.nanos();
    seat.call();
  }

  /** Whether the server has taken the registration; within the sink. */
  boolean isObserving() {
    return observing;
  }

  /** Tells an observed server, without waiting for it. */
  @Override
  public void close() {
    arrivals.close();
    seat.leave();
  }

  private final class OwnTurn implements Turns.Turn {
    @Override
    public long take() {
      Arrival arrival = arrivals.poll();
      while (arrival != null) {
        CoapSensor.this.take(arrival);
        arrival = arrivals.poll();
      }
      overflow.note();
      if (forgotten.getAndSet(false) && observing && !inFlight) {
        nextRequestNanos = clocks.nanos();
      }
      actOnTime();
      return Math.min(arrivals.dueInNanos(), nextDeadline() - clocks.nanos());
    }

    @Override
    public void end() {
      leave();
    }
  }

  private void take(Arrival arrival) {
    switch (arrival) {
      case Arrival.Resolved r when isUnderWay(r.attempt()) -> send(r.address());
      case Arrival.Answered a when isUnderWay(a.attempt()) -> answered(a);
      case Arrival.Failed f when isUnderWay(f.attempt()) -> failed(f.fault());
      case Arrival.Notified n when token != null -> notified(n);
      case Arrival.Resolved _, Arrival.Answered _, Arrival.Failed _, Arrival.Notified _ -> {
        // of an attempt that was given up
      }
    }
  }

  private boolean isUnderWay(long number) {
    return inFlight && number == attempt;
  }

  // Requests

  private void begin() {
    long number = ++attempt;
    AttemptObserver outcome = outcome();
    inFlight = true;
    givenUpNanos = clocks.nanos() + patienceNanos;
    link.resolve(
        target.host(),
        address -> arrivals.offer(new Arrival.Resolved(number, address)),
        reason -> outcome.failed(Fault.Kind.UNREACHABLE, "cannot be reached: " + reason));
  }

  private AttemptObserver outcome() {
    return new AttemptObserver(attempt, place, arrivals, clocks.monotonic());
  }

  private void send(InetAddress address) {
    Request get = target.get(address);
    AttemptObserver outcome = outcome();
    if (config.mode() == Mode.OBSERVE) {
      if (token == null) {
        token = link.newObservation(this::onNotification);
      }
      // The same token again renews the registration instead of adding one (RFC 7641 §3.3.1).
      get.setToken(token);
      get.setObserve();
    }
    get.addMessageObserver(outcome);
    request = get;
    handshake = outcome;
    peer = address;
    try {
      caller.send(get);
    } catch (IOException e) {
      outcome.failed(Fault.Kind.UNREACHABLE, "cannot be reached: " + e.getMessage());
    }
  }

  /** Another sensor's request has ended the session, and with it the observation. */
  private void registerAgain() {
    forgotten.set(true);
    seat.call();
  }

  private void onNotification(Response response) {
    caller.heard();
    arrivals.offer(new Arrival.Notified(response, clocks.nanos()));
  }

  private void answered(Arrival.Answered answer) {
    Response response = answer.response();
    if (!response.isSuccess()) {
      failed(refused(response));
      return;
    }
    inFlight = false;
    forget();
    backoff.reset();
    OptionSet options = response.getOptions();
    observing = config.mode() == Mode.OBSERVE && options.hasObserve();
    if (observing) {
      order.restart(options.getObserve(), answer.nanos());
    } else if (config.mode() == Mode.OBSERVE && !polled) {
      polled = true;
      log.info("Server does not observe, the resource is polled sensor={}", id());
    }
    deliver(response, answer.nanos());
  }

  private void forget() {
    request = null;
    handshake = null;
  }

  private void failed(Fault fault) {
    inFlight = false;
    forget();
    observing = false;
    nextRequestNanos = clocks.nanos() + backoff.nextNanos();
    emitter.failed(fault);
  }

  /** Also what is under way, whose answer would not be taken any more. */
  private void giveUp(Fault fault) {
    Request pending = request;
    failed(fault);
    if (pending != null) {
      pending.cancel();
    }
  }

  private void notified(Arrival.Notified notification) {
    Response response = notification.response();
    if (!response.isSuccess()) {
      giveUp(refused(response)); // the server has ended the observation (RFC 7641 §3.2)
    } else if (order.accept(response.getOptions().getObserve(), notification.nanos())) {
      deliver(response, notification.nanos());
    }
  }

  // Time

  private long nextDeadline() {
    return emitter.earlier(inFlight ? givenUpNanos : nextRequestNanos);
  }

  private void actOnTime() {
    long now = clocks.nanos();
    // After a slow sink the answer may be here, unread.
    boolean silent = arrivals.isEmpty();
    if (silent) {
      emitter.checkLost();
    }
    if (inFlight && silent && now - givenUpNanos >= 0) {
      giveUp(new Fault(Fault.Kind.UNREACHABLE, place + " " + silence()));
    } else if (!inFlight && now - nextRequestNanos >= 0) {
      begin();
    }
  }

  private String silence() {
    Handshake asked = handshake;
    return asked == null
        ? "cannot be reached: the name service does not answer in time"
        : asked.silence();
  }

  private void schedule(Response response, long nanos) {
    long lifetime = Freshness.lifetimeNanos(response.getOptions(), periodNanos);
    nextRequestNanos = nanos + (observing ? Freshness.renewalNanos(lifetime, random) : periodNanos);
  }

  // Samples

  private void deliver(Response response, long nanos) {
    schedule(response, nanos);
    emitter.heard(payloads.of(response, nanos), nanos);
  }

  private Fault refused(Response response) {
    String code = response.getCode() + " " + response.getCode().name();
    String said =
        response.getPayloadSize() == 0
            ? ""
            : " " + MalformedPayload.quote(response.getPayloadString());
    return new Fault(Fault.Kind.REFUSED, place + " answered " + code + said);
  }

  /** Proactive cancellation (RFC 7641 §3.6). */
  private void leave() {
    Request pending = request;
    if (token != null) {
      link.endObservation(token);
    }
    if (pending != null) {
      pending.cancel();
    }
    Request cancel = null;
    if (observing && token != null && peer != null) {
      cancel = target.get(peer);
      cancel.setToken(token);
      cancel.setObserveCancel();
    }
    caller.leave(cancel);
  }
}
