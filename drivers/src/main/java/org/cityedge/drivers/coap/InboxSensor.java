package org.cityedge.drivers.coap;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.cityedge.drivers.Backoff;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Handover;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Overflow;
import org.cityedge.drivers.OwnThread;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sensor;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.MediaTypeRegistry;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;

/**
 * A sensor that posts to the {@link CoapInbox} when it wakes. What comes out besides readings:
 * {@code HARDWARE} once when the inbox could not listen for a minute, {@code LOST} once when
 * nothing was heard for one and a half periods, {@code MALFORMED} for each payload.
 */
public final class InboxSensor implements Sensor {
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);
  private static final int LONGEST_DIAGNOSTIC = 200;

  /** After which a sensor that is begun anew, or an agent that is restarted, takes messages. */
  private static final Duration BACK = Duration.ofSeconds(10);

  /** Before it is a fault: a gateway starts before its network has an address. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final CoapSensorConfig config;
  private final CoapInbox inbox;
  private final Clocks clocks;
  private final PayloadSamples payloads;
  private final Pace pace;
  private final Handover<Post> posts;
  private final Overflow overflow;
  private final long createdNanos;

  private final OwnThread thread;

  /** Closed, whatever the thread still has: it may be the one that closes. */
  private volatile boolean silent;

  // confined to the sensor's thread
  private boolean listening;
  private long nextTryNanos;

  /** What one message said; {@code nanos} is its arrival. */
  private record Post(List<Sample> samples, long nanos) {}

  /** Does no I/O. */
  public InboxSensor(CoapSensorConfig config, CoapInbox inbox, Clocks clocks) {
    this.config = config;
    this.thread =
        new OwnThread("sensor " + config.id(), Thread.ofVirtual().name("inbox-" + config.id()));
    this.inbox = inbox;
    this.clocks = clocks;
    this.createdNanos = clocks.nanos();
    this.nextTryNanos = createdNanos;
    this.payloads = new PayloadSamples(config, clocks, config.uri().getPath());
    int perMinute = inbox.config().perMinute();
    this.pace =
        new Pace(
            clocks.monotonic(),
            Duration.ofMinutes(1).dividedBy(perMinute),
            Math.min(perMinute, Handover.MOST_WAITING));
    this.posts = new Handover<>(clocks.monotonic());
    this.overflow =
        new Overflow(
            posts,
            config.id(),
            inbox.losses(),
            clocks.monotonic(),
            "Sensor posts faster than it is read, the oldest are dropped");
  }

  @Override
  public String id() {
    return config.id();
  }

  CoapSecurity security() {
    return config.security();
  }

  @Override
  public void start(Sample.Sink sink) {
    Emitter emitter = new Emitter(id(), clocks, config.period(), () -> silent, sink);
    thread.start(() -> run(emitter));
  }

  /** Takes a message of this sensor over, on Californium's thread, and says what to answer. */
  Response receive(Request request) {
    if (posts.isClosed()) {
      return comesBack();
    }
    int most = inbox.config().maxPayload();
    if (request.getPayloadSize() > most) {
      lost(Loss.Cause.SIZE);
      Response tooLarge = new Response(ResponseCode.REQUEST_ENTITY_TOO_LARGE);
      tooLarge.getOptions().setSize1(most);
      return tooLarge;
    }
    long waitNanos = pace.takeOrWaitNanos();
    if (waitNanos > 0) {
      lost(Loss.Cause.POSTS);
      Response tooMany = new Response(ResponseCode.TOO_MANY_REQUESTS);
      tooMany.getOptions().setMaxAge(TimeUnit.NANOSECONDS.toSeconds(waitNanos) + 1);
      return tooMany;
    }
    long now = clocks.nanos();
    List<Sample> samples = payloads.of(request, now);
    if (!posts.offer(new Post(samples, now))) {
      return comesBack();
    }
    if (samples.getFirst() instanceof Sample.Missed missed
        && missed.fault().kind() == Fault.Kind.MALFORMED
        && samples.stream().noneMatch(Sample.Measured.class::isInstance)) {
      return malformed(missed.fault().detail());
    }
    return new Response(ResponseCode.CHANGED);
  }

  private static Response comesBack() {
    Response unavailable = new Response(ResponseCode.SERVICE_UNAVAILABLE);
    unavailable.getOptions().setMaxAge(BACK.toSeconds());
    return unavailable;
  }

  private static Response malformed(String why) {
    Response response = new Response(ResponseCode.BAD_REQUEST);
    response.setPayload(why.substring(0, Math.min(why.length(), LONGEST_DIAGNOSTIC)));
    response.getOptions().setContentFormat(MediaTypeRegistry.TEXT_PLAIN);
    return response;
  }

  private void run(Emitter emitter) {
    Backoff backoff = new Backoff(FIRST_RETRY, LAST_RETRY, new SplittableRandom());
    try {
      while (!posts.isClosed()) {
        if (!listening && clocks.nanos() - nextTryNanos >= 0) {
          listen(emitter, backoff);
        }
        long deadline = clocks.nanos() + LAST_RETRY.toNanos();
        Post post = posts.take(emitter.earlier(listening ? deadline : nextTryNanos));
        if (post != null) {
          emitter.heard(post.samples(), post.nanos());
        } else if (posts.isEmpty()) {
          emitter.checkLost();
        }
        overflow.note();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // not ours: whoever interrupts wants the thread to end
    } finally {
      posts.finish();
      inbox.remove(this);
      // They were answered with 2.04: nobody posts them again.
      posts.drain().forEach(post -> emitter.heard(post.samples(), post.nanos()));
    }
  }

  void listen(Emitter emitter, Backoff backoff) {
    try {
      inbox.add(this);
      listening = true;
    } catch (IOException e) {
      long now = clocks.nanos();
      nextTryNanos = now + backoff.nextNanos();
      if (now - createdNanos >= PATIENCE.toNanos()) {
        emitter.failed(new Fault(Fault.Kind.HARDWARE, "inbox " + e.getMessage()));
      }
    }
  }

  private void lost(Loss.Cause cause) {
    inbox.losses().add(id(), cause, 1, clocks.nanos());
  }

  /** What was taken over until now is still emitted, before {@link #close} returns. */
  @Override
  public void stop() {
    posts.finish();
  }

  @Override
  public void close() {
    stop();
    thread.join();
    silent = true;
  }
}
